"""Compares metrics written by oracle_slow_test.cpp with ranx and scikit-learn; prints the largest error and fails above 1e-6.

FOLDER/rankings.json: {"lists": [[item, ...]], "truth": [[item, ...]], "metrics": {"ndcg@10": [one number a user]},
                       "auc": {"scores": [popularity of every item], "seen": [[item, ...]], "values": [...]},
                       "points": {"labels": [...], "probabilities": [...], "auc", "log_loss", "accuracy", "f1", "groups": [...], "grouped_auc"}}
"""

import json
import sys

import numpy as np
from ranx import Qrels, Run, evaluate
from sklearn import metrics as sk

TOLERANCE = 1e-6
# ranx divides AP@k by |truth|; ours divides by min(k, |truth|), so that a perfect list has 1. Rescaled here, user by user.
RANX_NAMES = {"precision": "precision", "recall": "recall", "f1": "f1", "hr": "hit_rate", "ndcg": "ndcg", "map": "map", "mrr": "mrr"}


def largest_error(ours, theirs):
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if ours.shape != theirs.shape or np.isnan(ours).any():
        return float("inf")
    return float(np.abs(ours - theirs).max())


def main(folder):
    with open(f"{folder}/rankings.json") as file:
        data = json.load(file)
    users = len(data["lists"])
    qrels = Qrels({f"u{u:06}": {str(i): 1 for i in data["truth"][u]} for u in range(users)})
    run = Run({f"u{u:06}": {str(i): float(1000 - r) for r, i in enumerate(data["lists"][u])} for u in range(users)})
    errors = {}
    for name, ours in data["metrics"].items():
        metric, k = name.split("@")
        if metric not in RANX_NAMES:
            print(f"{name}: ranx has no such metric; not compared")
            continue
        evaluate(qrels, run, f"{RANX_NAMES[metric]}@{k}")
        by_user = run.scores[f"{RANX_NAMES[metric]}@{k}"]
        theirs = np.array([by_user[f"u{u:06}"] for u in range(users)])
        if metric == "map":
            wanted = np.array([len(truth) for truth in data["truth"]])
            theirs = theirs * wanted / np.minimum(int(k), wanted)
        errors[f"ranx {name}"] = largest_error(ours, theirs)

    scores = np.array(data["auc"]["scores"])
    theirs = []
    for truth, seen in zip(data["truth"], data["auc"]["seen"]):
        candidates = np.setdiff1d(np.arange(len(scores)), seen)
        theirs.append(sk.roc_auc_score(np.isin(candidates, truth), scores[candidates]))
    errors["scikit-learn auc of rows"] = largest_error(data["auc"]["values"], theirs)

    # Against scikit-learn's own ndcg_score: one dense row of relevance a user, a score a place.
    for k in (5, 10, 20):
        theirs = []
        for shown, truth in zip(data["lists"], data["truth"]):
            relevance, rank = np.zeros(len(scores)), np.zeros(len(scores))
            relevance[truth] = 1
            rank[shown] = np.arange(len(shown), 0, -1)
            theirs.append(sk.ndcg_score([relevance], [rank], k=k))
        errors[f"scikit-learn ndcg@{k}"] = largest_error(data["metrics"][f"ndcg@{k}"], theirs)

    points = data["points"]
    labels, probabilities = np.array(points["labels"]), np.array(points["probabilities"])
    groups = np.array(points["groups"])
    errors["scikit-learn auc"] = largest_error(points["auc"], sk.roc_auc_score(labels, probabilities))
    errors["scikit-learn log_loss"] = largest_error(points["log_loss"], sk.log_loss(labels, probabilities))
    errors["scikit-learn accuracy"] = largest_error(points["accuracy"], sk.accuracy_score(labels, probabilities >= 0.5))
    errors["scikit-learn f1"] = largest_error(points["f1"], sk.f1_score(labels, probabilities >= 0.5))
    parts = []
    for group in np.unique(groups):
        rows = groups == group
        if len(np.unique(labels[rows])) == 2:
            parts.append((rows.sum(), sk.roc_auc_score(labels[rows], probabilities[rows])))
    errors["scikit-learn grouped auc"] = largest_error(points["grouped_auc"], sum(n * a for n, a in parts) / sum(n for n, _ in parts))

    for name, error in errors.items():
        print(f"{'ok  ' if error <= TOLERANCE else 'FAIL'} {name}: {error:.2e}")
    print(f"{len(errors)} comparisons over {users} users, largest error {max(errors.values()):.2e}")
    return 0 if max(errors.values()) <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
