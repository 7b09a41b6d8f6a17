"""What badge designs, print runs, rosters for others, certificates, campaigns and bounces need."""

import sqlalchemy as sa
from alembic import op

import registration.database

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

Moment = registration.database.Moment


def upgrade() -> None:
    op.create_table('mail_address',
    sa.Column('address_key', sa.String(length=254), nullable=False),
    sa.Column('bounced_at', Moment(timezone=True), nullable=True),
    sa.Column('bounce', sa.String(length=200), nullable=False),
    sa.Column('cleared_at', Moment(timezone=True), nullable=True),
    sa.Column('complained_at', Moment(timezone=True), nullable=True),
    sa.Column('unsubscribed_at', Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('address_key', name=op.f('pk_mail_address'))
    )
    op.create_table('mailbox',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('read_at', Moment(timezone=True), nullable=True),
    sa.Column('failed_at', Moment(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('unreadable', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_mailbox'))
    )
    op.create_table('mail_channel',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('paused_at', Moment(timezone=True), nullable=True),
    sa.Column('tried_at', Moment(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('fate', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_mail_channel'))
    )
    op.create_table('mail_pace',
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('next_at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_mail_pace'))
    )
    op.create_table('campaign',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.Column('selection', sa.JSON(), nullable=False),
    sa.Column('is_transactional', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('scheduled_at', Moment(timezone=True), nullable=True),
    sa.Column('relative_days', sa.Integer(), nullable=True),
    sa.Column('cursor', sa.Uuid(), nullable=True),
    sa.Column('promised', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.Column('started_at', Moment(timezone=True), nullable=True),
    sa.Column('finished_at', Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_campaign_account_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_campaign_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign'))
    )
    op.create_index(op.f('ix_campaign_event_id'), 'campaign', ['event_id'], unique=False)
    op.create_table('design',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('updated_at', Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_design_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_design')),
    sa.UniqueConstraint('event_id', 'code', name=op.f('uq_design_event_id_code'))
    )
    op.create_table('dispatch',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('roster', sa.JSON(), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('recipient_name', sa.String(length=120), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('is_attached', sa.Boolean(), nullable=False),
    sa.Column('sealed_password', sa.LargeBinary(), nullable=True),
    sa.Column('send_at', Moment(timezone=True), nullable=False),
    sa.Column('hours_before', sa.Integer(), nullable=True),
    sa.Column('expires_at', Moment(timezone=True), nullable=False),
    sa.Column('tells_changes', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('problem', sa.String(length=200), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('people', sa.JSON(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('mails', sa.Integer(), nullable=False),
    sa.Column('code_seed', sa.String(length=64), nullable=False),
    sa.Column('code_expires_at', Moment(timezone=True), nullable=True),
    sa.Column('code_attempts', sa.Integer(), nullable=False),
    sa.Column('opened', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.Column('sent_at', Moment(timezone=True), nullable=True),
    sa.Column('told_at', Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_dispatch_account_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_dispatch_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch'))
    )
    op.create_index(op.f('ix_dispatch_event_id'), 'dispatch', ['event_id'], unique=False)
    op.create_index('ix_dispatch_planned', 'dispatch', ['send_at'], unique=False, sqlite_where=sa.text("state = 'planned'"), postgresql_where=sa.text("state = 'planned'"))
    op.create_table('logo',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_logo_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_logo'))
    )
    op.create_index(op.f('ix_logo_event_id'), 'logo', ['event_id'], unique=False)
    op.create_table('roster_preset',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_roster_preset_account_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_roster_preset_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_preset')),
    sa.UniqueConstraint('event_id', 'title', name=op.f('uq_roster_preset_event_id_title'))
    )
    op.create_table('wording',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('flawed_at', Moment(timezone=True), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_wording_account_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_wording_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wording')),
    sa.UniqueConstraint('event_id', 'kind', 'locale', 'version', name=op.f('uq_wording_event_id_kind_locale_version'))
    )
    op.create_index('uq_wording_current', 'wording', ['event_id', 'kind', 'locale'], unique=True, sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))
    op.create_table('job_part',
    sa.Column('job_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('lease', sa.Uuid(), nullable=True),
    sa.Column('leased_until', Moment(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_job_part_job_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', 'number', name=op.f('pk_job_part'))
    )
    op.create_table('print_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('design', sa.String(length=32), nullable=False),
    sa.Column('selection', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('badges', sa.Integer(), nullable=False),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.Column('finished_at', Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_print_run_account_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_print_run_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_print_run_job_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_print_run'))
    )
    op.create_index(op.f('ix_print_run_event_id'), 'print_run', ['event_id'], unique=False)
    op.create_table('certificate',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('registration_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('name', sa.String(length=260), nullable=False),
    sa.Column('issued_at', Moment(timezone=True), nullable=False),
    sa.Column('revoked_at', Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_certificate_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_certificate_registration_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('code', name=op.f('uq_certificate_code'))
    )
    op.create_index(op.f('ix_certificate_registration_id'), 'certificate', ['registration_id'], unique=False)
    op.create_index('ix_certificate_event_issued', 'certificate', ['event_id', 'issued_at', 'id'], unique=False)
    op.create_index('uq_certificate_in_force', 'certificate', ['registration_id'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('bounce',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('diagnostic', sa.Text(), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('received_at', Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_bounce_delivery_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bounce')),
    sa.UniqueConstraint('digest', name=op.f('uq_bounce_digest'))
    )
    op.create_index(op.f('ix_bounce_delivery_id'), 'bounce', ['delivery_id'], unique=False)
    op.create_table('printed',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('badge_id', sa.String(length=16), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('warning', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['badge_id'], ['badge.id'], name=op.f('fk_printed_badge_id')),
    sa.ForeignKeyConstraint(['run_id'], ['print_run.id'], name=op.f('fk_printed_run_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'position', name=op.f('pk_printed'))
    )
    op.create_index('ix_printed_badge', 'printed', ['badge_id', 'run_id'], unique=False)
    op.create_index('ix_printed_warning', 'printed', ['run_id'], unique=False, sqlite_where=sa.text("warning != ''"), postgresql_where=sa.text("warning != ''"))
    _add_reference('delivery', 'campaign_id', 'campaign')
    _add_reference('delivery', 'dispatch_id', 'dispatch', ' ON DELETE CASCADE')
    op.add_column('delivery', sa.Column('is_bulk', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('delivery', sa.Column('channel', sa.String(length=120), nullable=False, server_default=''))
    op.add_column('delivery', sa.Column('bounced_at', Moment(timezone=True), nullable=True))
    op.drop_index('ix_delivery_outbox', table_name='delivery')
    op.create_index('ix_delivery_outbox', 'delivery', ['is_bulk', 'due_at'], unique=False, sqlite_where=sa.text("state IN ('new', 'sending', 'deferred', 'unknown')"), postgresql_where=sa.text("state IN ('new', 'sending', 'deferred', 'unknown')"))
    op.create_index('ix_delivery_campaign', 'delivery', ['campaign_id'], unique=False, sqlite_where=sa.text('campaign_id IS NOT NULL'), postgresql_where=sa.text('campaign_id IS NOT NULL'))
    op.create_index('ix_delivery_dispatch', 'delivery', ['dispatch_id'], unique=False, sqlite_where=sa.text('dispatch_id IS NOT NULL'), postgresql_where=sa.text('dispatch_id IS NOT NULL'))
    op.add_column('registration', sa.Column('badge_name', sa.String(length=160), nullable=False, server_default=''))
    op.add_column('registration', sa.Column('badge_organisation', sa.String(length=160), nullable=False, server_default=''))
    op.add_column('registration', sa.Column('pronouns', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('registration', sa.Column('languages', sa.String(length=80), nullable=False, server_default=''))
    op.add_column('registration', sa.Column('room', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('registration', sa.Column('precedence', sa.Integer(), nullable=False, server_default='0'))


def _add_reference(table: str, column: str, target: str, rule: str = '') -> None:
    """Add a column of ids that refers to another table, without making the table anew."""
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} "
        f"CONSTRAINT fk_{table}_{column} REFERENCES {target} (id){rule}"
    )


def downgrade() -> None:
    raise NotImplementedError("what was printed and sent would be lost; restore a backup instead")
