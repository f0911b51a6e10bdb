"""Collections on the engine, what they were made with, and the aliases; all of it in one folder, where a process started again finds it."""

import json
import os
import re
import shutil
import threading

import qdrant_edge as edge
from values import Refused, only

DISTANCES = {name: getattr(edge.Distance, name) for name in ("Cosine", "Euclid", "Dot", "Manhattan")}
INDEXES = {
    "keyword": (edge.KeywordIndexParams, {"is_tenant", "on_disk", "enable_hnsw", "prefix"}),
    "integer": (edge.IntegerIndexParams, {"lookup", "range", "is_principal", "on_disk", "enable_hnsw"}),
    "float": (edge.FloatIndexParams, {"is_principal", "on_disk", "enable_hnsw"}),
    "bool": (edge.BoolIndexParams, {"on_disk", "enable_hnsw"}),
    "uuid": (edge.UuidIndexParams, {"is_tenant", "on_disk", "enable_hnsw"}),
}


def index_schema(value):
    fields = {"type": value} if isinstance(value, str) else value
    params, known = INDEXES.get(fields.get("type"), (None, set()))
    if params is None:
        raise Refused(501, f"the test shim makes no index of {fields.get('type')}")
    only(fields, known | {"type"}, "a payload index")
    return params(**{name: one for name, one in fields.items() if name != "type"})


def dense_params(value):
    # Where the server keeps things and how it would search approximately says nothing about an exact search.
    only(value, {"size", "distance", "on_disk", "hnsw_config", "datatype"}, "a vector")
    if value.get("datatype") not in (None, "float32"):
        raise Refused(501, "the test shim passes on vectors of float32 only")
    return edge.EdgeVectorParams(size=value["size"], distance=DISTANCES[value["distance"]])


def sparse_params(value):
    only(value or {}, {"index"}, "a sparse vector")
    only((value or {}).get("index") or {}, {"on_disk", "full_scan_threshold"}, "a sparse index")
    return edge.EdgeSparseVectorParams()


CREATE_FIELDS = {
    "vectors", "sparse_vectors", "strict_mode_config", "metadata", "on_disk_payload", "shard_number", "replication_factor",
    "write_consistency_factor", "hnsw_config", "optimizers_config", "wal_config",
}  # fmt: skip


def engine_config(body):
    vectors = body.get("vectors") or {}
    dense = dense_params(vectors) if "size" in vectors else {name: dense_params(one) for name, one in vectors.items()}
    sparse = {name: sparse_params(one) for name, one in (body.get("sparse_vectors") or {}).items()}
    return edge.EdgeConfig(vectors=dense, sparse_vectors=sparse)


def write_whole(path, value):
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(json.dumps(value))
    os.replace(draft, path)


class Collection:
    """One shard of the engine, and the settings it was made with."""

    def __init__(self, folder, body, shard):
        self.folder, self.body, self.shard = folder, body, shard
        self.operations = 0

    @staticmethod
    def create(folder, body):
        only(body, CREATE_FIELDS, "a collection")
        config = engine_config(body)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "shard").mkdir(parents=True)
        shard = edge.EdgeShard.create(str(folder / "shard"), config)
        write_whole(folder / "collection.json", body)
        return Collection(folder, body, shard)

    @staticmethod
    def load(folder):
        body = json.loads((folder / "collection.json").read_text())
        return Collection(folder, body, edge.EdgeShard.load(str(folder / "shard")))

    def drop(self):
        # Without the settings the rest is nobody's, and is removed at the next start.
        (self.folder / "collection.json").unlink()
        self.shard.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def change(self, body):
        only(body, {"strict_mode_config", "metadata", "optimizers_config", "hnsw_config", "params"}, "a change of a collection")
        for name in ("strict_mode_config", "metadata"):
            if body.get(name) is not None:
                self.body = {**self.body, name: {**(self.body.get(name) or {}), **body[name]}}
        write_whole(self.folder / "collection.json", self.body)

    def info(self):
        told, given = self.shard.info(), self.body
        params = {name: given[name] for name in ("vectors", "sparse_vectors") if given.get(name)}
        optimizer = {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0, "flush_interval_sec": 5}
        config = {
            "params": {**params, "shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": True},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, **(given.get("hnsw_config") or {})},
            "optimizer_config": {**optimizer, **(given.get("optimizers_config") or {})},
            "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0, "wal_retain_closed": 1},
            "quantization_config": None,
        }
        for name in ("strict_mode_config", "metadata"):
            if given.get(name):
                config[name] = given[name]
        return {
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": told.indexed_vectors_count,
            "points_count": told.points_count,
            "segments_count": told.segments_count,
            "config": config,
            "payload_schema": {name: shown_index(one) for name, one in told.payload_schema.items()},
            "update_queue": {"length": 0},
        }

    def update(self, operation):
        self.shard.update(operation)
        self.operations += 1
        return {"operation_id": self.operations, "status": "completed"}


def shown_index(one):
    kind = str(one.data_type).rsplit(".", 1)[-1].lower()
    names = sorted(INDEXES[kind][1]) if one.params is not None else []
    params = {name: value for name in names if (value := getattr(one.params, name)) is not None}
    return {"data_type": kind, **({"params": {"type": kind, **params}} if params else {}), "points": one.points}


class Store:
    """All collections of a folder, and the aliases."""

    def __init__(self, folder):
        self.lock = threading.Lock()
        self.folder, self.collections = folder / "collections", {}
        self.aliases_path = folder / "aliases.json"
        self.aliases = json.loads(self.aliases_path.read_text()) if self.aliases_path.exists() else {}
        self.folder.mkdir(parents=True, exist_ok=True)
        for one in self.folder.iterdir():
            if (one / "collection.json").exists():
                self.collections[one.name] = Collection.load(one)
            else:
                shutil.rmtree(one)

    def named(self, name):
        found = self.collections.get(self.aliases.get(name, name))
        if found is None:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return found

    def create(self, name, body):
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", name) or name.startswith("."):
            raise Refused(422, "the test shim takes letters, digits, _ . - in the name of a collection")
        with self.lock:
            if name in self.collections or name in self.aliases:
                raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
            self.collections[name] = Collection.create(self.folder / name, body)
        return True

    def drop(self, name):
        with self.lock:
            gone = self.collections.pop(name, None)
            if gone is None:
                return False
            gone.drop()
            self.keep_aliases({alias: target for alias, target in self.aliases.items() if target != name})
        return True

    def change_aliases(self, body):
        with self.lock:
            after = dict(self.aliases)
            for action in body["actions"]:
                only(action, {"create_alias", "delete_alias", "rename_alias"}, "an action")
                if "create_alias" in action:
                    target = action["create_alias"]["collection_name"]
                    if target not in self.collections:
                        raise Refused(404, f"Not found: Collection `{target}` doesn't exist!")
                    after[action["create_alias"]["alias_name"]] = target
                elif "delete_alias" in action:
                    after.pop(action["delete_alias"]["alias_name"], None)
                else:
                    after[action["rename_alias"]["new_alias_name"]] = after.pop(action["rename_alias"]["old_alias_name"])
            self.keep_aliases(after)
        return True

    def keep_aliases(self, aliases):
        self.aliases = aliases
        write_whole(self.aliases_path, aliases)

    def list_aliases(self, of=None):
        pairs = sorted(self.aliases.items())
        return {"aliases": [{"alias_name": alias, "collection_name": name} for alias, name in pairs if of in (None, name)]}
