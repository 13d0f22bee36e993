// G: the fusion of all sources of an item into one vector, and of a user's history, profile and ties into another, in
// one space; trained to find what was removed from a history, or what comes next in it, with every source inside.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/split.h"

namespace haina {

// How a history becomes a user's vector: as a set of which a part was removed and must be found again, or as a sequence
// that is asked at every position for what comes next.
enum class NetworkForm { kSet, kSequence };
std::string_view to_string(NetworkForm form);

// What the network is told of one catalogue and its users.
struct FusionData {
  const Interactions* train = nullptr;
  std::span<const Field> fields;        // both sides, free of held-out pairs
  const HeldOut* validation = nullptr;  // early stopping; nullptr: run the full number of epochs
  std::string metric = "ndcg@10";       // of validation
};

struct EpochRecord {
  int64_t epoch = 0;
  double loss = 0;
  double validation_ndcg = -1;  // FusionData.metric; -1 without validation
  double seconds = 0;
};

struct FusionTraining {
  std::vector<EpochRecord> epochs;
  int64_t best_epoch = 0;
  bool interrupted = false;  // stopped by the flag; the best so far is kept
  int64_t resumed_at = 0;    // epochs that a checkpoint had done before; 0: none
};

struct FusionOptions {
  NetworkForm form = NetworkForm::kSet;
  uint64_t seed = 7;
  int64_t epochs = 0;            // 0: the parameter's value
  int64_t schedule = 0;          // epochs after which the learning rate is at its lowest; 0: the last
  at::Device device = at::kCPU;  // where steps are computed; the network that comes back is on the CPU
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  std::filesystem::path checkpoint =
      {};  // a folder written between epochs, from which a run of the same key goes on; removed at the end; empty: none
  std::string checkpoint_key = {};
  double checkpoint_seconds = 10;  // at least so long between two
};

std::span<const ParamSpec> fusion_params(NetworkForm form = NetworkForm::kSet);

struct FusionModule;

class FusionNetwork {
 public:
  FusionNetwork();
  FusionNetwork(FusionNetwork&&) noexcept;
  FusionNetwork& operator=(FusionNetwork&&) noexcept;
  ~FusionNetwork();

  // Fits encoders and weights on data.train. Beyond 60,000 items a step's softmax is over a sample of them.
  static Result<FusionNetwork> train(const FusionData& data, const Params& params, const FusionOptions& options,
                                     FusionTraining& training);
  // [users.size(), items] float32, finite. Thread-safe.
  at::Tensor score(std::span<const UserState> users) const;
  // float32 [items, width], unit length: for diversity, neighbours and maps.
  at::Tensor item_vectors() const;
  // Names of the item's sources ("id", "movies.genres") and their weights a, float32 [items, sources], rows sum to 1.
  std::vector<std::string> item_sources() const;
  at::Tensor item_source_weights() const;
  // Each source's share of the score of (user, item): the cosine is bilinear in the item's sources, so the parts add up
  // to it. float32 [items.size(), sources]
  at::Tensor item_source_parts(const UserState& user, std::span<const int32_t> items) const;

  // Items that were not there in training, from what their cells say: fields named as those trained on, of `rows` rows;
  // a source without a field is missing. float32 [rows, width], unit length; zeros where nothing is known of a row.
  Result<at::Tensor> fuse(std::span<const Field> fields, int64_t rows) const;
  // As score, of vectors in the place of the items', and without a bias. float32 [users.size(), vectors.size(0)]
  at::Tensor score_vectors(std::span<const UserState> users, const at::Tensor& vectors) const;
  at::Tensor user_vectors(
      std::span<const UserState> users) const;  // float32 [users.size(), width], at most unit length
  at::Tensor item_bias() const;                 // float32 [items]: learned, and what is in trend
  NetworkForm form() const;

  TensorMap state() const;
  static Result<FusionNetwork> restore(const TensorMap& state, const nlohmann::json& about,
                                       std::span<const Field> fields, int64_t num_items, const std::string& where);
  nlohmann::json about() const;  // parameters and sources, for the manifest

 private:
  std::unique_ptr<FusionModule> module_;
};

}  // namespace haina
