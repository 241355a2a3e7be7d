"""Operations joined to the slices below them, for tests: planners and gates may be others than the product's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nimbus.fleet.operations.engine import Engine, Gate, Quorums
from nimbus.fleet.operations.plan import PLANNERS, Planner
from nimbus.fleet.operations.reconcile import OperationReconciler
from nimbus.fleet.operations.service import Operations
from nimbus.fleet.operations.values import StepValues
from tests.kit.records import SEALER
from tests.kit.slices import Slices


def operations_of(
    joined: Slices,
    planners: Mapping[str, Planner] = PLANNERS,
    gates: Mapping[str, Gate] | None = None,
    quorums: Sequence[Quorums] = (),
    is_present: Callable[[str], bool] = lambda _: True,
) -> tuple[Operations, OperationReconciler]:
    """New ones, as after a start of the control plane."""
    values = StepValues(SEALER, joined.tasks)
    engine = Engine(joined.clock, joined.nodes, joined.tasks, values, gates or {}, quorums, is_present)
    operations = Operations(
        joined.database,
        joined.clock,
        joined.audit,
        joined.organizations,
        joined.nodes,
        joined.tasks,
        values,
        engine,
        planners,
    )
    return operations, OperationReconciler(joined.database, engine, joined.tasks)
