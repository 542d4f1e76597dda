"""Metrics for OpenTelemetry: ``Promotions(…, observers=[OpenTelemetryObserver()])``. Only here its API is imported."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from opentelemetry.metrics import Meter, get_meter

from promo_middleware.metrics import METRICS, SECONDS, Metric, measured
from promo_middleware.observer import Event

Record: TypeAlias = Callable[[float, Mapping[str, str]], None]


class OpenTelemetryObserver:
    """Counts what happens, as ``fairtill.…``, by the meter of the application unless another one is given."""

    def __init__(self, meter: Meter | None = None) -> None:
        """Make the instruments."""
        chosen = get_meter("fairtill") if meter is None else meter
        self._record = {metric.name: _make(metric, chosen) for metric in METRICS}

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        for metric, value, labels in measured(event):
            self._record[metric.name](value, labels)


def _make(metric: Metric, meter: Meter) -> Record:
    name = f"fairtill.{metric.name}"
    match metric.kind:
        case "counter":
            return meter.create_counter(name, description=metric.help).add
        case "gauge":
            return meter.create_gauge(name, description=metric.help).set
        case _:
            bounds = list(SECONDS)
            return meter.create_histogram(name, "s", metric.help, explicit_bucket_boundaries_advisory=bounds).record
