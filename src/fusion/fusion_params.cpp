// The parameters of [train.network_params] for each form of the network.
#include <cstdint>
#include <span>
#include <vector>

#include "base/params.h"
#include "fusion/fusion.h"

namespace haina {
namespace {

const ParamSpec kWidth = {.name = "width", .value = 128, .min = 8, .max = 4096, .doc = "width of the fused vectors"};
const ParamSpec kRate = {
    .name = "learning_rate", .value = 2e-3, .min = 1e-7, .max = 1, .doc = "peak of the cosine schedule"};
const ParamSpec kWeightRate = {
    .name = "weight_rate",
    .value = 10,
    .min = 0,
    .max = 1000,
    .doc = "learning rate of the weights of sources and of trends, relative to learning_rate"};
const ParamSpec kSourceDropout = {.name = "source_dropout",
                                  .value = 0.1,
                                  .min = 0,
                                  .max = 0.9,
                                  .doc = "probability that a source is dropped in a training step"};
const ParamSpec kHistoryDropout = {
    .name = "history_dropout",
    .value = 0.1,
    .min = 0,
    .max = 0.9,
    .doc =
        "probability that a user's whole history is removed in a training step, so that the network learns new users"};
const ParamSpec kAlignment = {
    .name = "alignment",
    .value = 0,
    .min = 0,
    .max = 100,
    .doc = "weight of the contrastive loss that aligns the sources of one item; 0: no such loss"};
const ParamSpec kBf16 = {
    .name = "bf16",
    .value = 1,
    .min = 0,
    .max = 1,
    .doc = "1: multiply users and items in bfloat16 on a GPU, or on a CPU with instructions for it; 0: in float32"};

const std::vector<ParamSpec> kSetParams = {
    {.name = "width", .value = 256, .min = 8, .max = 4096, .doc = "width of the fused vectors"},
    {.name = "epochs", .value = 30, .min = 1, .max = 10000, .doc = "passes over all users, at most"},
    {.name = "batch", .value = 256, .min = 1, .max = 65536, .doc = "users per training step"},
    kRate,
    kWeightRate,
    {.name = "dropout", .value = 0.5, .min = 0, .max = 0.95, .doc = "dropout of the user vector"},
    {.name = "dense_dropout",
     .value = 0.3,
     .min = 0,
     .max = 0.95,
     .doc = "dropout of the user vector if histories are long (more than 60 items on average)"},
    kSourceDropout,
    kHistoryDropout,
    kAlignment,
    {.name = "attention",
     .value = 0,
     .min = 0,
     .max = 1,
     .doc = "1: a learned query weights the items of a history; 0: all have the same weight"},
    {.name = "scale",
     .value = 12,
     .min = 1,
     .max = 100,
     .doc = "initial value of the learned scale of the cosine similarity"},
    {.name = "behaviour",
     .value = 1,
     .min = 0,
     .max = 1,
     .doc = "1: use the order of the history as a user source if events have times; 0: do not"},
    kBf16,
    {.name = "candidates",
     .value = 0,
     .min = 0,
     .max = 1e9,
     .doc = "items in the softmax of a training step: those of its users and a reweighted random sample; 0: all items "
            "in catalogs of up to 60,000, else 16,384"},
    {.name = "patience",
     .value = 10,
     .min = 1,
     .max = 1000,
     .doc = "epochs without a better validation metric before training stops"},
};

const std::vector<ParamSpec> kSequenceParams = {
    kWidth,
    {.name = "epochs", .value = 12, .min = 1, .max = 10000, .doc = "passes over all histories, at most"},
    {.name = "tokens", .value = 2048, .min = 16, .max = 1e6, .doc = "next-item targets per training step"},
    {.name = "length", .value = 50, .min = 2, .max = 4096, .doc = "newest events that the network reads"},
    {.name = "recurrent",
     .value = 0,
     .min = 0,
     .max = 1,
     .doc = "1: read the history with a GRU; 0: with a transformer"},
    {.name = "layers", .value = 2, .min = 1, .max = 64, .doc = "blocks of the transformer or layers of the GRU"},
    {.name = "heads", .value = 2, .min = 1, .max = 64, .doc = "attention heads"},
    kRate,
    kWeightRate,
    {.name = "input_dropout", .value = 0.4, .min = 0, .max = 0.95, .doc = "dropout of the input item vectors"},
    {.name = "dropout",
     .value = 0.5,
     .min = 0,
     .max = 0.95,
     .doc = "dropout of the output of attention and feed-forward layers"},
    {.name = "attention_dropout", .value = 0.25, .min = 0, .max = 0.95, .doc = "dropout of attention weights"},
    kSourceDropout,
    kHistoryDropout,
    kAlignment,
    {.name = "scale",
     .value = 14,
     .min = 1,
     .max = 100,
     .doc = "initial value of the learned scale of the cosine similarity"},
    kBf16,
    {.name = "negatives",
     .value = 1000,
     .min = 0,
     .max = 1e9,
     .doc =
         "random items in the softmax of a training step, besides its targets, in catalogs of more than 5,000; 0: all "
         "items"},
    {.name = "patience",
     .value = 3,
     .min = 1,
     .max = 1000,
     .doc = "epochs without a better validation metric before training stops"},
};

// The article's own numbers where it gives one.
const std::vector<ParamSpec> kArticleParams = {
    {.name = "width",
     .value = 256,
     .min = 16,
     .max = 4096,
     .doc = "width of the extractor's first layer; each of the four further ones is half as wide"},
    {.name = "epochs", .value = 10, .min = 1, .max = 10000, .doc = "passes over all pairs, at most"},
    {.name = "batch", .value = 64, .min = 1, .max = 65536, .doc = "pairs per training step"},
    {.name = "learning_rate", .value = 1e-3, .min = 1e-7, .max = 1, .doc = "the same in all steps"},
    {.name = "negatives",
     .value = 1,
     .min = 1,
     .max = 1000,
     .doc = "items drawn for each event among those that the user never had, as pairs that do not match; none where "
            "events below the goal (a rating of 2) are such pairs"},
    {.name = "history",
     .value = 1,
     .min = 0,
     .max = 1,
     .doc = "1: the user's extractor also reads the mean of the items that the user had; 0: the profile alone, as in "
            "the article"},
    {.name = "source_dropout",
     .value = 0,
     .min = 0,
     .max = 0.9,
     .doc = "probability that a source is dropped in a training step"},
    {.name = "patience",
     .value = 10,
     .min = 1,
     .max = 1000,
     .doc = "epochs without a better validation metric before training stops"},
};

}  // namespace

std::span<const ParamSpec> fusion_params(NetworkForm form) {
  return form == NetworkForm::kSequence ? kSequenceParams : form == NetworkForm::kArticle ? kArticleParams : kSetParams;
}

}  // namespace haina
