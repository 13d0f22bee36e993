// A linear model of any subset of the sources, fitted in closed form, so that all subsets can be measured.
//
// It is EASE (experts/ease.cpp) with side sources as additional rows and columns of its data. The matrix to invert is
//   G_S = XᵀX + Σ_{s in S} w_s·F_s·F_sᵀ + λI
// and scores are x − x·P / diag(P) with P = G_S⁻¹. X: the goal events of the training part. A source enters by what it
// is:
//   item fields  F_s: tf-idf of tags, categories, links and words, deciles of numbers and dates, or vectors; one row of
//                length 1 for each item.
//   user fields  columns beside the items, since a user has them: X becomes [X, √w_s·U_s], at most kProfileValues each.
//   actions      F_sᵀ: who did it with what. What the scored user did is added to the history.
//   ties         add the mean of the friends' histories to the user's own.
// A column that every user has belongs to every subset: without it, a user without a history would have no list, and
// any profile field would be worth what popularity is.
// Cost of a subset: (items + profile columns)³ flops. Memory: 4·items² bytes for each item field and action.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "data/dataset.h"
#include "data/field.h"
#include "data/split.h"
#include "pipeline/explain/players.h"

namespace haina {

inline constexpr int64_t kProfileValues = 256;  // most frequent values of a user field that take part

// What is chosen on validation users.
struct LinearSetting {
  double l2 = 100;             // λ
  double decay = 1;            // weight of an event of a history beside the one after it
  std::vector<double> weight;  // [players]; w_s = weight·l2 / 100, which means the same on data of any size
};

struct LinearGameOptions {
  int64_t most_items = 5000;  // with more items, those with most goal events take part
  const StopFlag* stop = nullptr;
};

class LinearGame {
 public:
  // Bit p of a subset says whether players[p] belongs to it.
  using Subset = uint32_t;
  // The users whose lists are measured.
  enum class Users { kChoosing, kMeasured };

  // Reads the training part alone; the validation users, of held, are parted in two: every second one chooses settings,
  // the others are measured. Only users with a held-out item among the items that take part count. kBadData where they
  // are fewer than kFewestUsers.
  static constexpr int64_t kFewestUsers = 20;
  static Result<LinearGame> make(const Dataset& dataset, const Split& split, std::span<const Field> fields,
                                 std::span<const Player> players, const HeldOut& held,
                                 const LinearGameOptions& options);

  // P of a subset: float32 [items + 1 + profile columns of the subset, the same]. kUnsupported where it does not exist
  // in float32, kInterrupted after a requested stop.
  Result<at::Tensor> inverse(Subset subset, const LinearSetting& setting) const;
  // NDCG@10 of each user, float64 [users], by the inverse of the same subset and setting (which may differ in decay).
  at::Tensor ndcg(const at::Tensor& inverse, Subset subset, const LinearSetting& setting, Users users) const;
  // The same of the most popular items, and nothing else.
  at::Tensor ndcg_of_popularity(Users users) const;

  int64_t num_items() const { return std::ssize(kept_); }
  int64_t num_users(Users users) const;
  Subset everybody() const { return (Subset{1} << evidence_.size()) - 1; }

 private:
  struct Evidence {
    at::Tensor item_gram;                         // float32 [items, items]; undefined: none
    std::vector<Csr> profiles;                    // [all users, values] each
    int64_t first_profile = 0, profiles_end = 0;  // its columns of profile_
    Csr inputs[2];                                // [users of either kind, items]
  };
  struct Group {
    std::vector<UserState> users;
    Csr truth, seen, profile;  // [users, items], [users, items], [users, profile columns]
  };

  LinearGame() = default;
  void keep_items(const Interactions& train, int64_t most);
  void keep_users(const HeldOut& held);
  void add_field(const Field& field, Evidence& into);
  void add_action(const Interactions& others, uint8_t action, Evidence& into);
  void add_ties(const Field& field, const Interactions& train, Evidence& into);
  void add_profiles(const Interactions& train, const StopFlag* stop);
  void add_inputs(Evidence& into, const Csr& choosing, const Csr& measured);
  Csr of_kept_items(const Csr& matrix) const;
  Csr inputs_of(Subset subset, const LinearSetting& setting, Users users) const;
  at::Tensor ndcg_of_scores(at::Tensor scores, const Group& group) const;
  const Group& group(Users users) const { return groups_[users == Users::kChoosing ? 0 : 1]; }

  std::vector<int32_t> kept_;       // rows of the items that take part, ascending
  std::vector<int32_t> column_of_;  // [items of the dataset], -1: takes no part
  at::Tensor base_;                 // float32 [items + profile columns, the same]: Gram of [X, U]
  at::Tensor counts_;               // float32 [items], users with a goal event of the training part
  Csr profile_ = empty_csr(0, 0);   // U: [all users, profile columns]; the first column is everybody's
  std::vector<Evidence> evidence_;  // [players]
  Group groups_[2];
  const StopFlag* stop_ = nullptr;
};

}  // namespace haina
