"""Requests in the server's words as the engine's values, and its values as replies. What is not passed on is refused, never half obeyed."""

import qdrant_edge as edge


class Refused(Exception):
    """A reply other than 200; its form is the server's, its words are not."""

    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


def only(fields, known, what):
    """`fields`, when all that is set in it is among `known`."""
    if not isinstance(fields, dict):
        raise Refused(400, f"{what} is not an object")
    beyond = sorted(name for name, value in fields.items() if value is not None and name not in known)
    if beyond:
        raise Refused(501, f"the test shim does not pass on {', '.join(beyond)} of {what}")
    return fields


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def vector(value):
    """A vector as the engine takes it: numbers, or indices and values."""
    if isinstance(value, dict):
        only(value, {"indices", "values"}, "a sparse vector")
        if len(value["indices"]) != len(value["values"]):
            raise Refused(422, "indices and values differ in length")
        # The engine takes it, and adds the values up or not.
        if len(set(value["indices"])) != len(value["indices"]):
            raise Refused(422, "an index is given twice")
        return edge.SparseVector(value["indices"], value["values"])
    return [float(one) for one in value]


def named_vectors(value):
    return {name: vector(one) for name, one in value.items()} if isinstance(value, dict) else vector(value)


def shown_vector(value):
    if isinstance(value, dict):
        return {name: shown_vector(one) for name, one in value.items()}
    if isinstance(value, edge.SparseVector):
        return {"indices": list(value.indices), "values": list(value.values)}
    return value


def shown_id(value):
    return value if value is None or isinstance(value, int) else str(value)


class bool_:
    """True and False for the engine's binding, which takes Python's own for numbers and asks only numpy's whether they are true."""

    __module__ = "numpy"

    def __init__(self, value):
        self.value = value

    def __bool__(self):
        return self.value


def match(value):
    only(value, {"value", "any", "except"}, "match")
    if "value" in value:
        exact = value["value"]
        return edge.MatchValue(bool_(exact) if isinstance(exact, bool) else exact)
    return edge.MatchAny(value["any"]) if "any" in value else edge.MatchExcept(value["except"])


def bounds(value):
    only(value, {"gt", "gte", "lt", "lte"}, "range")
    if any(isinstance(one, str) for one in value.values()):
        raise Refused(501, "the test shim passes on ranges of numbers only")
    return edge.RangeFloat(**{name: float(one) for name, one in value.items() if one is not None})


def condition(value):
    if "key" in value:
        only(value, {"key", "match", "range"}, "a condition")
        parts = {"match": match, "range": bounds}
        given = {name: read(value[name]) for name, read in parts.items() if value.get(name) is not None}
        return edge.FieldCondition(value["key"], **given)
    if "has_id" in value:
        return edge.HasIdCondition(set(only(value, {"has_id"}, "a condition")["has_id"]))
    if "is_empty" in value:
        return edge.IsEmptyCondition(only(value, {"is_empty"}, "a condition")["is_empty"]["key"])
    if "is_null" in value:
        return edge.IsNullCondition(only(value, {"is_null"}, "a condition")["is_null"]["key"])
    return conditions(value)


def conditions(value):
    """A filter; None for none."""
    if value is None:
        return None
    only(value, {"must", "should", "must_not"}, "a filter")
    return edge.Filter(**{name: [condition(one) for one in listed(part)] for name, part in value.items() if part is not None})


def selection(value, otherwise):
    """Which fields of a payload, or which vectors, are asked for."""
    if value is None:
        return otherwise
    if isinstance(value, dict):
        only(value, {"include", "exclude"}, "a selection")
        selector = edge.PayloadSelector
        return selector.Include(value["include"]) if "include" in value else selector.Exclude(value["exclude"])
    return value


def shown(point):
    told = {"id": shown_id(point.id)}
    if point.payload is not None:
        told["payload"] = point.payload
    if point.vector is not None:
        told["vector"] = shown_vector(point.vector)
    return told
