"""One peer's side of a row of tools/compare_speed, in a process of its own: does the work twice where it is short, prints one JSON line with the
seconds of the last time (memory is slow to touch for whoever comes first). Pairs are int32 (user, item), users ascending; lists go out as
int32 [users, 20]. Each function imports what its own environment has."""
import json
import os
import sys
import time

LENGTH = 20


def read_matrix(path):
    import numpy
    import scipy.sparse
    pairs = numpy.fromfile(path, dtype=numpy.int32).reshape(-1, 2)
    ones = numpy.ones(len(pairs), dtype=numpy.float32)
    return scipy.sparse.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])))


def timed(rounds, work):
    for _ in range(rounds):
        begin = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - begin
    return seconds, result


def implicit_als(pairs, lists="", factors=64, sweeps=10, alpha=1, regularization=0.01, cg=1, rounds=2):
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits
    matrix = read_matrix(pairs)

    def fit():
        model = AlternatingLeastSquares(factors=factors, iterations=sweeps, alpha=alpha, regularization=regularization, use_cg=bool(cg),
                                        num_threads=2, random_state=7)
        model.fit(matrix, show_progress=False)
        return model
    with threadpool_limits(1, "blas"):  # its own threads are two; those of BLAS would fight them, as it warns
        seconds, model = timed(rounds, fit)
        line = {"fit_seconds": seconds}
        if lists:
            import numpy
            line["lists_seconds"], ranked = timed(rounds, lambda: model.recommend(numpy.arange(matrix.shape[0]), matrix, N=LENGTH)[0])
            ranked.astype(numpy.int32).tofile(lists)
    return line


def implicit_cosine(pairs, neighbours=100, rounds=2):
    from implicit.nearest_neighbours import CosineRecommender
    matrix = read_matrix(pairs)

    def fit():
        model = CosineRecommender(K=neighbours, num_threads=2)
        model.fit(matrix, show_progress=False)
        return model
    seconds, model = timed(rounds, fit)
    return {"fit_seconds": seconds, "cells": int(model.similarity.nnz)}


def scipy_cosine(pairs, neighbours=100, rounds=2):
    import numpy
    import scipy.sparse
    matrix = read_matrix(pairs)

    def fit():
        norms = numpy.sqrt(numpy.asarray(matrix.sum(axis=0)).ravel())
        scaled = matrix @ scipy.sparse.diags(1 / numpy.maximum(norms, 1e-12)).astype(numpy.float32)
        products = (scaled.T.tocsr() @ scaled).tocsr()
        products.setdiag(0)
        columns, values, offsets = [], [], [0]
        for row in range(products.shape[0]):
            begin, end = products.indptr[row], products.indptr[row + 1]
            value, column = products.data[begin:end], products.indices[begin:end]
            if end - begin > neighbours:
                best = numpy.argpartition(value, -neighbours)[-neighbours:]
                value, column = value[best], column[best]
            columns.append(column)
            values.append(value)
            offsets.append(offsets[-1] + len(column))
        return scipy.sparse.csr_matrix((numpy.concatenate(values), numpy.concatenate(columns), offsets), shape=products.shape)
    seconds, model = timed(rounds, fit)
    return {"fit_seconds": seconds, "cells": int((model.data > 0).sum())}


def numpy_ease(pairs, l2=300, rounds=2):
    import numpy
    matrix = read_matrix(pairs)

    def fit():
        gram = (matrix.T @ matrix).toarray()
        gram[numpy.diag_indices_from(gram)] += l2
        inverse = numpy.linalg.inv(gram)
        weights = inverse / -numpy.diag(inverse)
        numpy.fill_diagonal(weights, 0)
        return weights
    seconds, weights = timed(rounds, fit)
    return {"fit_seconds": seconds, "type": str(weights.dtype), "norm": float(numpy.linalg.norm(weights))}


def buffalo_als(pairs, lists="", factors=64, sweeps=10, alpha=8, regularization=0.1, optimizer="manual_cg", rounds=2):
    import tempfile

    import buffalo
    import numpy
    import scipy.io
    matrix = read_matrix(pairs)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "matrix.mtx")
        scipy.io.mmwrite(path, matrix)
        data = buffalo.MatrixMarketOptions().get_default_option()
        data.input.main = path
        data.data.path = os.path.join(folder, "matrix.h5py")
        data.data.tmp_dir = folder
        data.data.batch_mb = 4096
        data.data.use_cache = False
        data.data.validation = {}
        loaded = buffalo.MatrixMarket(data)
        loaded.create()

        def fit():
            options = buffalo.ALSOption().get_default_option()
            options.d, options.num_iters, options.num_workers = factors, sweeps, 2
            options.alpha, options.reg_u, options.reg_i, options.optimizer = float(alpha), float(regularization), float(regularization), optimizer
            options.compute_loss_on_training = options.evaluation_on_learning = False
            options.validation = {}
            model = buffalo.ALS(options, data=loaded)
            model.initialize()
            begin = time.perf_counter()
            model.train()
            return model, time.perf_counter() - begin
        for _ in range(rounds):
            model, seconds = fit()
        if lists:
            ranked = numpy.empty((matrix.shape[0], LENGTH), dtype=numpy.int32)
            for user in range(matrix.shape[0]):
                scores = model.Q[:, :factors] @ model.P[user, :factors]
                scores[matrix.indices[matrix.indptr[user]:matrix.indptr[user + 1]]] = -numpy.inf
                best = numpy.argpartition(scores, -LENGTH)[-LENGTH:]
                ranked[user] = best[numpy.argsort(-scores[best])]
            ranked.tofile(lists)
    return {"fit_seconds": seconds}


def categorical(_, variant="dense", type="float32", steps=20):
    """10 fields of one vocabulary of 1 M, rows of 16, MLP 400-400-400, batch 4096, as bench/speed/categorical.cpp. variant: dense (one fused Adam) or
    sparse (SparseAdam for the table, fused Adam for the rest)."""
    import contextlib

    import torch
    torch.manual_seed(7)
    table = torch.nn.Embedding(1_000_000, 16, sparse=variant == "sparse")
    torch.nn.init.normal_(table.weight, std=0.01)
    layers = []
    for inputs, outputs in ((160, 400), (400, 400), (400, 400)):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    mlp = torch.nn.Sequential(*layers, torch.nn.Linear(400, 1))
    if variant == "sparse":
        optimisers = [torch.optim.SparseAdam(table.parameters(), lr=1e-3), torch.optim.Adam(mlp.parameters(), lr=1e-3, fused=True)]
    else:
        optimisers = [torch.optim.Adam([*table.parameters(), *mlp.parameters()], lr=1e-3, fused=True)]
    batches = []
    for _ in range(8):
        ids = (torch.rand(4096, 10) ** 3 * 1_000_000).long().clamp_max(999_999)
        batches.append((ids, ((ids[:, 0] + ids[:, 1]) % 2).float()))
    seconds = []
    for step in range(steps + 3):
        ids, labels = batches[step % 8]
        begin = time.perf_counter()
        for optimiser in optimisers:
            optimiser.zero_grad()
        half = torch.autocast("cpu", dtype=torch.bfloat16) if type == "bfloat16" else contextlib.nullcontext()
        with half:
            logits = mlp(table(ids).view(4096, 160)).squeeze(1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), labels)
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        loss_of_last = loss.item()
        if step >= 3:
            seconds.append(time.perf_counter() - begin)
    return {"step_seconds": sorted(seconds)[len(seconds) // 2], "loss": loss_of_last}


def recbole_sasrec(pairs, steps=10, width=128, length=50, batch=2048):
    """RecBole's SASRec, cross-entropy over all items: `steps` of its own batches, each a prefix of a history with one target."""
    import logging
    import tempfile

    import numpy
    import torch
    load = torch.load
    torch.load = lambda *args, **named: load(*args, **{"weights_only": False, **named})
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.model.sequential_recommender import SASRec
    logging.disable(logging.WARNING)
    cells = numpy.fromfile(pairs, dtype=numpy.int32).reshape(-1, 2)
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "pairs"))
        with open(os.path.join(folder, "pairs", "pairs.inter"), "w") as out:
            out.write("user_id:token\titem_id:token\ttimestamp:float\n")
            out.writelines(f"{user}\t{item}\t{place}\n" for place, (user, item) in enumerate(cells))
        sys.argv = sys.argv[:1]  # RecBole reads the command line
        config = Config(model="SASRec", dataset="pairs", config_dict={
            "data_path": folder, "checkpoint_dir": folder, "load_col": {"inter": ["user_id", "item_id", "timestamp"]}, "use_gpu": False,
            "hidden_size": width, "inner_size": 4 * width, "n_layers": 2, "n_heads": 2, "MAX_ITEM_LIST_LENGTH": length, "loss_type": "CE",
            "train_neg_sample_args": None, "train_batch_size": batch,
            "eval_args": {"split": {"RS": [1, 0, 0]}, "order": "TO", "group_by": "none", "mode": "full"},
            "show_progress": False, "state": "WARNING"})
        dataset = create_dataset(config)
        train = data_preparation(config, dataset)[0]
    model = SASRec(config, train.dataset)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    seconds, targets = [], []
    for step, part in enumerate(train):
        begin = time.perf_counter()
        optimiser.zero_grad()
        loss = model.calculate_loss(part)
        loss.backward()
        optimiser.step()
        loss_of_last = loss.item()
        if step > 0:  # the first touches memory anew
            seconds.append(time.perf_counter() - begin)
            targets.append(len(part))
        if step == steps:
            break
    return {"epoch_seconds": sum(seconds), "targets": sum(targets), "loss": loss_of_last, "items": int(dataset.item_num)}


def main():
    # peers.py FUNCTION PAIRS [name=value ...]
    options = {}
    for word in sys.argv[3:]:
        name, value = word.split("=", 1)
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    print(json.dumps(globals()[sys.argv[1]](sys.argv[2], **options)))


if __name__ == "__main__":
    main()
