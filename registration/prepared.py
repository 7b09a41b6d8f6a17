"""Prepared statements: compiled once, then run on the driver's own cursor.

For the hottest paths only: scans, registrations, mails. Measured at a scan, a commit of one row
cost 1.0 ms through SQLAlchemy's execution and 0.4 ms on the cursor, since each commit blocks and
leaves the processor's caches cold for all the code that a statement passes through. The statements
are still written in SQLAlchemy's language, which also says how values are converted.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    TableValuedAlias,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import Boolean, Text, TypeDecorator, TypeEngine

Convert = Callable[[Any], Any] | None


class Several(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        """Hold values of the type ``item``."""
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the database's own type."""
        array = dialect.name == "postgresql"
        return dialect.type_descriptor(ARRAY(self.item) if array else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> object:
        """Write the list as JSON where there are no arrays."""
        if value is None or dialect.name == "postgresql":
            return value
        convert = self.item.dialect_impl(dialect).bind_processor(dialect)
        return json.dumps([convert(each) if convert else each for each in value])


class Among(ColumnElement[bool]):
    """``column IN (the list given as a parameter)``, in a text that is the same for any length."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        self.column = column
        self.list = bindparam(parameter, type_=Several(column.type))

    def self_group(self, against: OperatorType | None = None) -> "Among":  # noqa: ARG002
        """Stand as it is: SQLAlchemy would add ``= 1`` on SQLite, which then uses no index."""
        return self


def each_of(column: ColumnElement[Any], parameter: str, query: Select[Any]) -> Select[Any]:
    """Return the query once for each value of a list that its column may have (PostgreSQL).

    The list is hidden from the planner, which would else plan anew for the length of each.
    """
    given = select(bindparam(parameter, type_=Several(column.type))).scalar_subquery()
    wanted = func.unnest(given).table_valued("name", name="wanted").render_derived()
    found = query.where(column == wanted.c.name).limit(literal_column("1")).lateral("found")
    return select(*found.c).select_from(wanted).join(found, true())


GIVEN = "given_rows"


def given_rows(types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Return many rows as one parameter, with columns of these names and types (PostgreSQL).

    Each row costs the driver next to nothing then. `Prepared.write` fills it.
    """
    typed = [column(name, kind) for name, kind in types.items()]
    given = cast(bindparam(GIVEN, type_=Text()), JSON)
    return func.json_to_recordset(given).table_valued(*typed).render_derived(with_types=True)


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.column)} = ANY({compiler.process(element.list, **options)})"


@compiles(Among)
def _among_sqlite(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    given = compiler.process(element.list, **options)
    return f"{compiler.process(element.column)} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # a compiled text


class Prepared:
    """A statement that is compiled for each database once."""

    def __init__(self, statement: Callable[[str], ClauseElement], *columns: str) -> None:
        """Take what makes the statement for a database's name, and the columns that it sets."""
        self._make = statement
        self._columns = columns
        self._ready: dict[str, Ready] = {}

    def rows(self, connection: Connection, parameters: Mapping[str, object]) -> Iterable[Any]:
        """Run a query, or an UPDATE with RETURNING; return its rows as named tuples."""
        return self.ready(connection).rows(connection, parameters)

    @staticmethod
    def rows_of_all(
        connection: Connection, *queries: tuple["Prepared", Mapping[str, object]]
    ) -> Sequence[Sequence[Any]]:
        """Run several queries, on PostgreSQL in one round trip; return the rows of each."""
        ready = [(query.ready(connection), given) for query, given in queries]
        with _one_round_trip(connection):
            cursors = [each.send(connection, [given]) for each, given in ready]
        return [each.fetched(cursor) for (each, _), cursor in zip(ready, cursors, strict=True)]

    def write(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> int:
        """Run once for each row of parameters; return how many rows were written in all."""
        return self.write_all(connection, (self, rows))[0]

    @staticmethod
    def write_all(
        connection: Connection, *writes: tuple["Prepared", Sequence[Mapping[str, object]]]
    ) -> Sequence[int]:
        """Run several writes in turn, on PostgreSQL in one round trip; as `write` for each."""
        with _one_round_trip(connection):
            cursors = [
                statement.ready(connection).send(connection, rows) for statement, rows in writes
            ]
        counts = [cursor.rowcount for cursor in cursors]
        for cursor in cursors:
            cursor.close()
        return counts

    def text(self, connection: Connection) -> str:
        """Return the statement as this database is sent it."""
        return self.ready(connection).text

    def given(self, connection: Connection, parameters: Mapping[str, object]) -> Any:
        """Return the parameters as this database is sent them."""
        return self.ready(connection).given(parameters)

    def ready(self, connection: Connection) -> "Ready":
        """Return the statement for this database."""
        name = connection.dialect.name
        if name not in self._ready:
            self._ready[name] = Ready(self._make(name), connection.dialect, self._columns)
        return self._ready[name]


class Ready:
    """A statement for one database: its text, and how values go in and come out."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  # a statement, not a type
        self.text = str(compiled)
        self._order = compiled.positiontup
        named = {name: bind for bind, name in compiled.bind_names.items()}
        self._into = {name: _into(bind.type, dialect) for name, bind in named.items()}
        self._constants = {
            name: bind.effective_value for name, bind in named.items() if not bind.required
        }
        self._takes_all = GIVEN in named
        if isinstance(statement, Select | Update):
            selected = list(statement.exported_columns)
            self._row: Any = namedtuple("Row", [each.key for each in selected])  # type: ignore[misc]
            converts = [_out(column.type, dialect) for column in selected]
            self._out = [(at, convert) for at, convert in enumerate(converts) if convert]

    def given(self, parameters: Mapping[str, object]) -> Any:
        """Return one row as the driver takes it."""
        whole = {**self._constants, **parameters}
        values = {
            name: convert(whole[name]) if convert else whole[name]
            for name, convert in self._into.items()
        }
        return [values[name] for name in self._order] if self._order else values

    def all_given(self, rows: Sequence[Mapping[str, object]]) -> Sequence[Any]:
        """Return many rows as the driver takes them: converted column by column, which is fast."""
        given = {**self._constants, **rows[0]}
        values = {
            name: _converted(
                convert,
                [row[name] for row in rows] if name in rows[0] else [given[name]] * len(rows),
            )
            for name, convert in self._into.items()
        }
        if self._order:
            return list(zip(*(values[name] for name in self._order), strict=True))
        return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]

    def rows(self, connection: Connection, parameters: Mapping[str, object]) -> Iterable[Any]:
        """Run a query; return its rows as named tuples."""
        return self.fetched(self.send(connection, [parameters]))

    def fetched(self, cursor: DBAPICursor) -> Sequence[Any]:
        """Return all rows that a cursor has, and close it."""
        try:
            return self.decoded(cursor.fetchall())
        finally:
            cursor.close()

    def decoded(self, found: Sequence[Sequence[Any]]) -> Sequence[Any]:
        """Return rows of the driver as named tuples of our types; equal texts share one value."""
        rows = [list(values) for values in found]
        for at, convert in self._out:
            made: dict[str, Any] = {}
            for row in rows:
                value = row[at]
                if type(value) is not str:
                    row[at] = convert(value)
                elif value in made:
                    row[at] = made[value]
                else:
                    row[at] = made[value] = convert(value)
        return list(map(self._row._make, rows))

    def send(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> DBAPICursor:
        """Run once for each row, or once for all where it takes them as one parameter."""
        cursor = connection.connection.cursor()
        sets = self.sets(rows)
        if len(sets) == 1:
            cursor.execute(self.text, sets[0])
        else:
            cursor.executemany(self.text, sets)
        return cursor

    def sets(self, rows: Sequence[Mapping[str, object]]) -> Sequence[Any]:
        """Return the parameters with which it is to be run, once for each of them."""
        if self._takes_all:
            return [{GIVEN: msgspec.json.encode(rows).decode()}]
        return [self.given(rows[0])] if len(rows) == 1 else self.all_given(rows)


_NOTHING = object()


def _converted(convert: Convert, values: Sequence[Any]) -> Sequence[Any]:
    """Return the values converted; one that repeats the last is converted once."""
    if convert is None:
        return values
    last, made, converted = _NOTHING, None, []
    for value in values:
        if value is not last:
            last, made = value, convert(value)
        converted.append(made)
    return converted


def _one_round_trip(connection: Connection) -> AbstractContextManager[object]:
    """Let the driver send what follows without waiting for each answer, where it can.

    Source: PostgreSQL's pipeline mode, as psycopg offers it.
    """
    pipeline = getattr(connection.connection.driver_connection, "pipeline", None)
    return pipeline() if pipeline else nullcontext()


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _out(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
