"""Fits one recommender of another project on a split that `haina split` wrote, and writes its lists.

Usage: rival.py NAME PARTS LISTS --seed 7 --trials 4 --k 20

Runs in the environment of tools/rivals.txt, for tools/compare_quality. The settings are tried in the order below: the first
`trials` of them. LISTS gets user,item,score rows; beside it lies a .json with the settings, their NDCG@10 on validation and
the seconds that all of it took.
"""
import argparse
import itertools
import json
import pathlib
import time
import warnings

import implicit.als
import implicit.bpr
import implicit.nearest_neighbours
import numpy as np
import pandas as pd
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, EASEModel, ImplicitALSWrapperModel, ImplicitBPRWrapperModel, ImplicitItemKNNWrapperModel, PopularModel, SASRecModel

warnings.filterwarnings("ignore")
CUTOFF = 10


def grid(**values):
    return [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]


def item_knn(seed, kind, neighbours):
    makers = {"cosine": implicit.nearest_neighbours.CosineRecommender, "tf-idf": implicit.nearest_neighbours.TFIDFRecommender,
              "bm25": implicit.nearest_neighbours.BM25Recommender}
    return ImplicitItemKNNWrapperModel(makers[kind](K=neighbours))


def als(seed, factors, alpha):
    return ImplicitALSWrapperModel(implicit.als.AlternatingLeastSquares(factors=factors, alpha=alpha, regularization=0.05, iterations=20,
                                                                        random_state=seed))


def bpr(seed, factors, rate):
    return ImplicitBPRWrapperModel(implicit.bpr.BayesianPersonalizedRanking(factors=factors, learning_rate=rate, iterations=200,
                                                                            random_state=seed))


def transformer(model):
    def make(seed, factors, dropout):
        import torch
        torch.manual_seed(seed)
        return model(n_factors=factors, n_blocks=2, n_heads=2, session_max_len=50, dropout_rate=dropout, loss="softmax", epochs=30,
                     batch_size=128, lr=0.001, verbose=0, deterministic=True)
    return make


# Label, how a model is made, and its settings: the most usual first.
RIVALS = {
    "popular": ("most popular (RecTools)", lambda seed: PopularModel(), [{}]),
    "item_knn": ("item kNN (implicit)", item_knn,
                 grid(kind=["tf-idf", "bm25"], neighbours=[100, 500]) + grid(kind=["cosine"], neighbours=[100, 500])),
    "als": ("iALS (implicit)", als, grid(factors=[64, 128], alpha=[1, 10]) + grid(factors=[64, 128, 256], alpha=[40])),
    "bpr": ("BPR (implicit)", bpr, grid(factors=[64, 128], rate=[0.01, 0.05])),
    "ease": ("EASE (RecTools)", lambda seed, l2: EASEModel(regularization=l2), grid(l2=[300, 100, 1000, 3000])),
    "sasrec": ("SASRec, full softmax (RecTools)", transformer(SASRecModel), grid(factors=[64, 128], dropout=[0.2, 0.5])),
    "bert4rec": ("BERT4Rec, full softmax (RecTools)", transformer(BERT4RecModel), grid(factors=[64, 128], dropout=[0.2, 0.5])),
}


def read(parts, *names):
    frames = [pd.read_csv(parts / f"{name}.csv", dtype={"user": str, "item": str}) for name in names if (parts / f"{name}.csv").exists()]
    events = pd.concat(frames, ignore_index=True)
    return events[events.goal == 1]


def dataset_of(events):
    """One row a pair, the newest; where there are no times, rows stand in order."""
    order = events.groupby("user").cumcount()
    seconds = events.time.astype(float) if events.time.notna().all() else order.astype(float)
    frame = pd.DataFrame({Columns.User: events.user.values, Columns.Item: events.item.values, Columns.Weight: 1.0,
                          Columns.Datetime: pd.to_datetime(seconds.values, unit="s")})
    return Dataset.construct(frame.drop_duplicates([Columns.User, Columns.Item], keep="last"))


def lists(model, dataset, users, k):
    known = set(dataset.user_id_map.external_ids)
    return model.recommend([user for user in users if user in known], dataset, k=k, filter_viewed=True)


def ndcg(found, held, known):
    """The mean over users with a held-out item that is not in their history."""
    truth = held.groupby("user").item.agg(set).to_dict()
    history = known.groupby("user").item.agg(set).to_dict()
    truth = {user: items - history.get(user, set()) for user, items in truth.items()}
    by_user = dict(iter(found.sort_values(Columns.Rank).groupby(Columns.User)[Columns.Item]))
    discount = 1 / np.log2(np.arange(2, CUTOFF + 2))
    values = []
    for user, items in truth.items():
        if items:
            listed = list(by_user.get(user, []))[:CUTOFF]
            gained = sum(discount[place] for place, item in enumerate(listed) if item in items)
            values.append(gained / discount[:len(items)].sum())
    return float(np.mean(values))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=RIVALS)
    parser.add_argument("parts", type=pathlib.Path)
    parser.add_argument("lists", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--k", type=int, default=20)
    args = parser.parse_args()
    label, make, settings = RIVALS[args.name]
    began = time.monotonic()
    train, validation = read(args.parts, "train"), read(args.parts, "validation")
    fitted_on, tried = dataset_of(train), []
    for setting in settings[:args.trials]:
        model = make(args.seed, **setting)
        model.fit(fitted_on)
        value = ndcg(lists(model, fitted_on, validation.user.unique(), CUTOFF), validation, train)
        tried.append({"setting": setting, "ndcg@10": value})
        print(f"{setting}: {value:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    best = max(tried, key=lambda trial: trial["ndcg@10"])["setting"]
    everything = dataset_of(read(args.parts, "train", "validation_known", "validation", "test_known"))
    model = make(args.seed, **best)
    model.fit(everything)
    found = lists(model, everything, read(args.parts, "test").user.unique(), args.k)
    found = found.sort_values([Columns.User, Columns.Rank]).rename(columns={Columns.User: "user", Columns.Item: "item"})
    found[["user", "item", "score"]].to_csv(args.lists, index=False)
    args.lists.with_suffix(".json").write_text(json.dumps({"label": label, "trials": tried, "taken": best, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
