#!/usr/bin/env python3
"""Makes reference.json with Python's tokenizers and onnxruntime, from the folders of tools/fetch_encoders.

Usage: python3 tests/pretrained/make_reference.py ENCODERS > tests/pretrained/reference.json
Needs: pip install onnxruntime==1.32.0 tokenizers==0.21.4 numpy onnx"""
import json
import pathlib
import struct
import sys

import numpy
import onnx
import onnxruntime
from tokenizers import Tokenizer

TEXTS = ["Toy Story (1995): toys come to life", "", "a", "¿Dónde está la biblioteca? Ångström, naïve café", "海纳百川，有容乃大",
         "Привет, мир! Ёлки-палки",
         "안녕하세요 세계", "emoji 👩‍👩‍👧 and\ttabs\nand  spaces", "don't can't won't 3.14 1,000 C++20 e-mail@example.org",
         "مرحبا بالعالم", "ŔĔ\u0301 ﬁ ligature ½ Ⅷ",
         "word " * 400]


def unit(vector):
    return vector / numpy.linalg.norm(vector)


def onnx_text(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        given = numpy.array([ids], dtype=numpy.int64)
        (states,) = session.run(None, {"input_ids": given, "attention_mask": numpy.ones_like(given), "token_type_ids": numpy.zeros_like(given)})
        yield ids, unit(states[0].mean(axis=0))


def table_text(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    raw = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    ((_, about),) = json.loads(raw[8:8 + length]).items()
    table = numpy.frombuffer(raw[8 + length:], dtype=numpy.float16).reshape(about["shape"]).astype(numpy.float64)
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        yield ids, unit(table[ids].mean(axis=0)) if ids else numpy.zeros(0)


def picture(folder):
    """Of the pixel at (x, y): red 7x + 3y, green 5x, blue 11y, each modulo 256."""
    settings = json.loads((folder / "encoder.json").read_text())
    model = onnx.load(str(folder / "model.onnx"))
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(settings["output"]))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    y, x = numpy.mgrid[0:224, 0:224]
    pixels = numpy.stack([(7 * x + 3 * y) % 256, (5 * x) % 256, (11 * y) % 256], axis=-1).astype(numpy.float32)
    given = (pixels - numpy.array(settings["mean"], dtype=numpy.float32))[None, :, :, ::-1]
    return unit(session.run([settings["output"]], {session.get_inputs()[0].name: numpy.ascontiguousarray(given)})[0].reshape(-1))


def main():
    folder = pathlib.Path(sys.argv[1])
    reference = {"texts": []}
    for text, (minilm_ids, minilm), (llama_ids, llama) in zip(TEXTS, onnx_text(folder / "minilm"), table_text(folder / "wordllama"), strict=True):
        reference["texts"].append({"text": text, "minilm": {"ids": minilm_ids, "vector": [round(float(v), 6) for v in minilm[:16]]},
                                   "wordllama": {"ids": llama_ids, "vector": [round(float(v), 6) for v in llama[:16]]}})
    vector = picture(folder / "resnet")
    reference["picture"] = {"width": len(vector), "vector": [round(float(v), 6) for v in vector[:32]]}
    json.dump(reference, sys.stdout, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
