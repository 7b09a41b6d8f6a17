"""What check-in without a network needs: zones, the devices' sequences, findings."""

import sqlalchemy as sa
from alembic import op

import registration.database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

Moment = registration.database.Moment


def upgrade() -> None:
    op.create_table('finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('dedupe_key', sa.String(length=160), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('badge_id', sa.String(length=16), nullable=True),
    sa.Column('scan_id', sa.Uuid(), nullable=True),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('found_at', Moment(timezone=True), nullable=False),
    sa.Column('resolved_at', Moment(timezone=True), nullable=True),
    sa.Column('resolved_by', sa.String(length=80), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_finding_device_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_finding_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_finding_dedupe_key'))
    )
    op.create_index('ix_finding_event', 'finding', ['event_id', 'resolved_at', 'found_at'], unique=False)
    op.add_column('gate', sa.Column('zone', sa.String(length=64), nullable=False, server_default=''))
    op.add_column('role', sa.Column('reentry', sa.String(length=8), nullable=False, server_default='free'))
    op.add_column('event', sa.Column('evacuation_at', Moment(timezone=True), nullable=True))
    op.add_column('registration', sa.Column('gate_note', sa.String(length=200), nullable=False, server_default=''))
    op.add_column('registration', sa.Column('host_email', sa.String(length=254), nullable=False, server_default=''))
    op.create_index('ix_registration_event_updated', 'registration', ['event_id', 'updated_at'], unique=False)
    op.add_column('device', sa.Column('is_supervisor', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('device', sa.Column('received', sa.Text(), nullable=False, server_default=''))
    op.add_column('device', sa.Column('acknowledged', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('device', sa.Column('unsent', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('device', sa.Column('offset_ms', sa.Integer(), nullable=True))
    op.add_column('device', sa.Column('wiped_at', Moment(timezone=True), nullable=True))
    op.add_column('scan', sa.Column('offset_ms', sa.Integer(), nullable=True))
    op.add_column('scan', sa.Column('error_ms', sa.Integer(), nullable=True))
    op.add_column('scan', sa.Column('told', sa.String(length=16), nullable=True))
    op.add_column('scan', sa.Column('target_id', sa.Uuid(), nullable=True))
    op.add_column('presence', sa.Column('zones', sa.JSON(), nullable=False, server_default='{}'))


def downgrade() -> None:
    raise NotImplementedError("what devices sent would be lost; restore a backup instead")
