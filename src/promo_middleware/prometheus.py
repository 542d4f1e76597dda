"""Metrics for Prometheus: ``Promotions(…, observers=[PrometheusObserver()])``. Only here its client is imported."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from promo_middleware.metrics import METRICS, SECONDS, Metric, measured
from promo_middleware.observer import Event


class PrometheusObserver:
    """Counts what happens, as ``fairtill_…``; one for each process, which several shops may share."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        """Make the metrics in a registry."""
        self._made = {metric.name: _make(metric, registry) for metric in METRICS}

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        for metric, value, labels in measured(event):
            made = self._made[metric.name]
            child = made.labels(**labels) if labels else made
            if isinstance(child, Counter):
                child.inc(value)
            elif isinstance(child, Gauge):
                child.set(value)
            else:
                child.observe(value)


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    name = f"fairtill_{metric.name}"
    match metric.kind:
        case "counter":
            return Counter(name, metric.help, metric.labels, registry=registry)
        case "gauge":
            # All processes of a host look into one outbox: the last to look knows best.
            return Gauge(name, metric.help, metric.labels, registry=registry, multiprocess_mode="mostrecent")
        case _:
            return Histogram(name, metric.help, metric.labels, registry=registry, buckets=SECONDS)
