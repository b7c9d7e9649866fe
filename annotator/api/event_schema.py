"""The live events in the API's schema: the component ``Event``, from the types that are published.

``/api/events/`` is a stream and no operation of the REST API, so that no view brings them in.
"""

from typing import Any

from drf_spectacular.plumbing import resolve_type_hint

from annotator.kernel.event_types import EVENT_TYPES


def add_events(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the events to the components; a postprocessing hook of drf-spectacular."""
    places = {kind: f"#/components/schemas/{event.__name__}" for kind, event in EVENT_TYPES.items()}
    schemas = result["components"]["schemas"]
    schemas |= {
        event.__name__: resolve_type_hint(event)  # type: ignore[no-untyped-call]
        for event in EVENT_TYPES.values()
    }
    schemas["Event"] = {
        "oneOf": [{"$ref": place} for place in dict.fromkeys(places.values())],
        "discriminator": {"propertyName": "kind", "mapping": places},
    }
    return result
