"""The room `model`: the typed boundary in front of LightGBM, and the model as one value.

A frame of any Polars types goes in by column name; numbers, a clear error, or a score come out. LightGBM
sees float matrices and safe names only, and nothing it would abort on.
"""

from workbench.model.boosters import lightgbm
from workbench.model.encode import Encoded, encode
from workbench.model.features import Feature, FeatureTable, fit_features
from workbench.model.labels import check_learnable, class_texts, encode_labels
from workbench.model.many import predict_many
from workbench.model.member import Member
from workbench.model.pairs import Pair, shared_out, widened
from workbench.model.roles import Roles, Task
from workbench.model.value import Model

__all__ = [
    "Encoded",
    "Feature",
    "FeatureTable",
    "Member",
    "Model",
    "Pair",
    "Roles",
    "Task",
    "check_learnable",
    "class_texts",
    "encode",
    "encode_labels",
    "fit_features",
    "lightgbm",
    "predict_many",
    "shared_out",
    "widened",
]
