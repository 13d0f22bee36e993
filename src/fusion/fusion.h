// The fusion network: maps all sources of an item to one vector, and a user's history, profile and relations to a
// vector in the same space. It is trained to predict items that were removed from a history, or the next items of a
// history.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
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

// How a history becomes a user vector. kSet: as a set, trained to predict items removed from it. kSequence: as a
// sequence, trained to predict the next item at every position. kArticle: the network of the founding article, which
// reads what is known of user and item and is trained to say of single pairs whether they match, see article_network.h.
enum class NetworkForm { kSet, kSequence, kArticle };
std::string_view to_string(NetworkForm form);

// What the network is trained on.
struct FusionData {
  const Interactions* train = nullptr;
  std::span<const Field> fields;        // of items and users, without held-out pairs
  const HeldOut* validation = nullptr;  // for early stopping; nullptr: all epochs are run
  std::string metric = "ndcg@10";       // the validation metric, as parse_metric_spec reads it
  // Events of the same part that are not the goal; read by kArticle alone, of which those with a value (a rating of 2)
  // are pairs that do not match. nullptr: none.
  const Interactions* other_events = nullptr;
  // Whether items without an event are taken for new ones, which nobody could take: no negatives. Else nobody took
  // them.
  bool unseen_are_new = true;
};

struct EpochRecord {
  int64_t epoch = 0;
  double loss = 0;
  double validation_metric = -1;  // the value of FusionData.metric; -1 without validation
  double seconds = 0;
};

struct FusionTraining {
  std::vector<EpochRecord> epochs;
  int64_t best_epoch = 0;
  bool interrupted = false;  // stopped by the flag; the best epoch so far is kept
  int64_t resumed_at = 0;    // epochs completed in the checkpoint that was resumed; 0: none
};

struct FusionOptions {
  NetworkForm form = NetworkForm::kSet;
  uint64_t seed = 7;
  int64_t epochs = 0;            // 0: the parameter's value
  int64_t schedule = 0;          // epochs until the learning rate is at its lowest; 0: all epochs
  at::Device device = at::kCPU;  // where steps are computed; the trained network is on the CPU
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  // Settings of [train.encoders] as choose_encoder reads them, and their place for error messages.
  std::map<std::string, nlohmann::json> encoders = {};
  std::string encoders_place = {};
  // A folder that is written between epochs; a later run with the same key resumes from it. It is removed at the end.
  // Empty: no checkpoints.
  std::filesystem::path checkpoint = {};
  std::string checkpoint_key = {};
  double checkpoint_seconds = 10;  // the least time between two checkpoints
};

// The parameters of [train.network_params].
std::span<const ParamSpec> fusion_params(NetworkForm form = NetworkForm::kSet);

struct FusionModule;

class FusionNetwork {
 public:
  FusionNetwork();
  FusionNetwork(FusionNetwork&&) noexcept;
  FusionNetwork& operator=(FusionNetwork&&) noexcept;
  ~FusionNetwork();

  // Fits encoders and weights on data.train. In catalogs of more than 60,000 items, the softmax of a step is over a
  // sample. Fails with kBadData if there is nothing to learn from or the loss is not finite.
  static Result<FusionNetwork> train(const FusionData& data, const Params& params, const FusionOptions& options,
                                     FusionTraining& training);
  // [users.size(), items] float32, finite. Thread-safe.
  at::Tensor score(std::span<const UserState> users) const;
  // float32 [items, d], unit length; d: the width, with kArticle the width of its extractor's last layer.
  at::Tensor item_vectors() const;
  // The names of the item sources ("id", "movies.genres"), and each item's weights of them: float32 [items, sources],
  // rows sum to 1.
  std::vector<std::string> item_sources() const;
  at::Tensor item_source_weights() const;
  // How much each source adds to the score of a user and an item. The cosine is linear in the item's sources, so these
  // add up to it. With kArticle, integrated gradients (Sundararajan et al. 2017), which add up to what
  // the score is above that of an average item, but for the error of 64 steps. float32 [items.size(), sources]
  at::Tensor item_source_parts(const UserState& user, std::span<const int32_t> items) const;

  // Vectors of items that were not in training, from their cells. fields: named as in training, with `rows` rows each;
  // a source without a field counts as missing. float32 [rows, d], unit length; zeros for a row without any cell.
  Result<at::Tensor> fuse(std::span<const Field> fields, int64_t rows) const;
  // As score, but of these vectors instead of the items' and without a bias. float32 [users.size(), vectors.size(0)]
  at::Tensor score_vectors(std::span<const UserState> users, const at::Tensor& vectors) const;
  // float32 [users.size(), d], at most unit length. With kArticle, users are near each other but not near items.
  at::Tensor user_vectors(std::span<const UserState> users) const;
  // float32 [items]: the learned bias plus the current trend.
  at::Tensor item_bias() const;
  NetworkForm form() const;

  TensorMap state() const;
  // about: what about() returned when the network was saved. fields: the dataset's, which must include the sources that
  // the network was trained with. kBadData at `where` if something does not fit.
  static Result<FusionNetwork> restore(const TensorMap& state, const nlohmann::json& about,
                                       std::span<const Field> fields, int64_t num_items, const std::string& where);
  nlohmann::json about() const;  // parameters, and the sources with their encoders, for the manifest

 private:
  std::unique_ptr<FusionModule> module_;
};

}  // namespace haina
