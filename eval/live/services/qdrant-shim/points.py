"""What is done with the points of one collection, and its payload indexes."""

import qdrant_edge as edge
from collection import index_schema
from values import Refused, conditions, named_vectors, only, selection, shown, shown_id, vector

UPDATE_MODES = {
    "upsert": edge.UpdateMode.Upsert,
    "insert_only": edge.UpdateMode.InsertOnly,
    "update_only": edge.UpdateMode.UpdateOnly,
}


def upsert(one, body):
    only(body, {"points", "update_filter", "update_mode"}, "an upsert")
    for point in body["points"]:
        only(point, {"id", "vector", "payload"}, "a point")
    points = [edge.Point(point["id"], named_vectors(point["vector"]), point.get("payload") or {}) for point in body["points"]]
    mode = UPDATE_MODES[body.get("update_mode") or "upsert"]
    return one.update(edge.UpdateOperation.upsert_points(points, conditions(body.get("update_filter")), mode))


def chosen(body, known, by_ids, by_filter):
    """The operation on the points that a body selects by ids or by a filter."""
    only(body, known | {"points", "filter"}, "a selection of points")
    return by_ids(body["points"]) if body.get("points") is not None else by_filter(conditions(body["filter"]))


def delete_points(one, body):
    operation = edge.UpdateOperation
    return one.update(chosen(body, set(), operation.delete_points, operation.delete_points_by_filter))


def payload_change(by_ids, by_filter):
    def change(one, body):
        payload, key = body["payload"], body.get("key")
        with_ids, with_filter = (lambda ids: by_ids(ids, payload, key)), (lambda where: by_filter(where, payload, key))
        return one.update(chosen(body, {"payload", "key"}, with_ids, with_filter))

    return change


def delete_payload(one, body):
    operation, keys = edge.UpdateOperation, body["keys"]
    with_ids, with_filter = (lambda ids: operation.delete_payload(ids, keys)), (lambda where: operation.delete_payload_by_filter(where, keys))
    return one.update(chosen(body, {"keys"}, with_ids, with_filter))


def query(one, body):
    known = {"query", "using", "filter", "params", "score_threshold", "limit", "offset", "with_vector", "with_payload"}
    only(body, known, "a query")
    asked = body.get("query")
    if isinstance(asked, dict) and "nearest" in asked:
        asked = only(asked, {"nearest"}, "a query of the nearest")["nearest"]
    if isinstance(asked, (str, int)):
        raise Refused(501, "the test shim searches by a vector, not by the id of a point")
    params = only(body.get("params") or {}, {"exact", "hnsw_ef", "indexed_only"}, "the parameters of a search")
    found = one.shard.query(
        edge.QueryRequest(
            limit=body.get("limit") or 10,
            offset=body.get("offset") or 0,
            query=None if asked is None else edge.Query.Nearest(vector(asked), using=body.get("using")),
            filter=conditions(body.get("filter")),
            score_threshold=body.get("score_threshold"),
            params=edge.SearchParams(**{name: value for name, value in params.items() if value is not None}),
            with_vector=selection(body.get("with_vector"), False),
            with_payload=selection(body.get("with_payload"), False),
        )
    )
    return {"points": [{**shown(point), "version": point.version, "score": point.score} for point in found]}


def scroll(one, body):
    only(body, {"offset", "limit", "filter", "with_payload", "with_vector"}, "a scroll")
    records, following = one.shard.scroll(
        edge.ScrollRequest(
            offset=body.get("offset"),
            limit=body.get("limit") or 10,
            filter=conditions(body.get("filter")),
            with_payload=selection(body.get("with_payload"), True),
            with_vector=selection(body.get("with_vector"), False),
        )
    )
    return {"points": [shown(record) for record in records], "next_page_offset": shown_id(following)}


def retrieve(one, body):
    only(body, {"ids", "with_payload", "with_vector"}, "a retrieval")
    with_payload, with_vector = selection(body.get("with_payload"), True), selection(body.get("with_vector"), False)
    return [shown(record) for record in one.shard.retrieve(body["ids"], with_payload, with_vector)]


def count(one, body):
    only(body, {"filter", "exact"}, "a count")
    return {"count": one.shard.count(edge.CountRequest(exact=body.get("exact", True), filter=conditions(body.get("filter"))))}


def create_index(one, body):
    only(body, {"field_name", "field_schema"}, "a payload index")
    return one.update(edge.UpdateOperation.create_field_index(body["field_name"], index_schema(body["field_schema"])))


OPERATION = edge.UpdateOperation
#: Method and the path below /collections/<name>; each works on one collection.
ON_COLLECTION = {
    ("GET", ""): lambda one, body: one.info(),
    ("PATCH", ""): lambda one, body: one.change(body) or True,
    ("PUT", "/index"): create_index,
    ("PUT", "/points"): upsert,
    ("POST", "/points"): retrieve,
    ("POST", "/points/query"): query,
    ("POST", "/points/scroll"): scroll,
    ("POST", "/points/count"): count,
    ("POST", "/points/delete"): delete_points,
    ("POST", "/points/payload"): payload_change(OPERATION.set_payload, OPERATION.set_payload_by_filter),
    ("PUT", "/points/payload"): payload_change(OPERATION.overwrite_payload, OPERATION.overwrite_payload_by_filter),
    ("POST", "/points/payload/delete"): delete_payload,
}
