// Fits Haina's experts on pairs of user and item, makes lists with them, or trains the network of sequences for an
// epoch, and prints one JSON line with the seconds. Peers beside it, in turn: tools/compare_speed.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/user_state.h"
#include "experts/expert.h"
#include "fusion/fusion.h"
#include "kernels/topk.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// The file holds int32 pairs (user, item), users ascending, each user's items in order of time where there is one.
Result<Interactions> read_pairs(const std::string& path) {
  std::error_code none;
  const auto bytes = std::filesystem::file_size(path, none);
  std::ifstream in(path, std::ios::binary);
  std::vector<int32_t> cells(none ? 0 : bytes / sizeof(int32_t));
  if (cells.empty() || cells.size() % 2 != 0 ||
      !in.read(reinterpret_cast<char*>(cells.data()), static_cast<std::streamsize>(cells.size() * sizeof(int32_t)))) {
    return fail({ErrorCode::kIo, "cannot read pairs of int32", path, "let tools/compare_speed write them"});
  }
  const int64_t events = std::ssize(cells) / 2;
  Interactions train;
  train.items = at::empty({events}, at::kInt);
  int32_t* const items = train.items.data_ptr<int32_t>();
  for (int64_t i = 0; i < events; ++i) {
    const int32_t user = cells[static_cast<size_t>(2 * i)];
    items[i] = cells[static_cast<size_t>(2 * i + 1)];
    if (user + 1 < train.num_users || items[i] < 0) {
      return fail({ErrorCode::kBadData, "users do not ascend, or an item is below 0",
                   fmt::format("{}: pair {}", path, i + 1), "let tools/compare_speed write them"});
    }
    train.num_users = user + 1;
    train.num_items = std::max<int64_t>(train.num_items, items[i] + 1);
  }
  train.offsets = at::zeros({train.num_users + 1}, at::kLong);
  int64_t* const offsets = train.offsets.data_ptr<int64_t>();
  for (int64_t i = 0; i < events; ++i) {
    ++offsets[cells[static_cast<size_t>(2 * i)] + 1];
  }
  std::partial_sum(offsets, offsets + train.num_users + 1, offsets);
  train.actions = at::zeros({events}, at::kByte);
  train.weights = at::ones({events}, at::kFloat);
  train.values = at::full({events}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  train.times = at::full({events}, kNoTime, at::kLong);
  return train;
}

// The k best of every user, what they had left out. int32 [users, k]. Each thread has batches of its own and computes
// them alone: no barrier between the steps of a batch.
at::Tensor lists_of_all(const Expert& expert, std::span<const UserState> users, int64_t k) {
  constexpr int64_t kBatch = 128;
  const int64_t count = std::ssize(users);
  const int64_t batches = (count + kBatch - 1) / kBatch;
  at::Tensor lists = at::empty({count, k}, at::kInt);
  at::parallel_for(0, batches, 1, [&](int64_t first, int64_t last) {
    for (int64_t begin = first * kBatch; begin < std::min(last * kBatch, count); begin += kBatch) {
      const auto batch =
          users.subspan(static_cast<size_t>(begin), static_cast<size_t>(std::min(kBatch, count - begin)));
      const RankedLists ranked = expert.top_k(batch, k);
      std::copy_n(ranked.items.const_data_ptr<int32_t>(), ranked.items.numel(), lists.data_ptr<int32_t>() + begin * k);
    }
  });
  return lists;
}

struct Options {
  std::string expert, pairs, lists;
  nlohmann::json params = nlohmann::json::object();
  int64_t rounds = 2;  // the last counts: memory is slow to touch for whoever comes first
};

Status run_expert(const Options& options, const Interactions& train) {
  HAINA_TRY(const ExpertEntry* const entry, find_expert(options.expert, "bench:1:1"));
  Params params(entry->params);
  HAINA_OK(params.merge(options.params, "bench:1:1"));
  nlohmann::json line = {{"threads", at::get_num_threads()}, {"params", params.to_json()}};
  std::unique_ptr<Expert> expert;
  for (int64_t round = 0; round < options.rounds; ++round) {
    expert = entry->make(params);
    const auto begin = Clock::now();
    HAINA_OK(expert->fit(train, {.fields = {}, .ordered = false}));
    line["fit_seconds"] = seconds_since(begin);
  }
  if (!options.lists.empty()) {
    constexpr int64_t kLength = 20;
    const std::vector<UserState> users = states_of(train);
    at::Tensor lists;
    for (int64_t round = 0; round < options.rounds; ++round) {
      const auto begin = Clock::now();
      lists = lists_of_all(*expert, users, kLength);
      line["lists_seconds"] = seconds_since(begin);
    }
    std::ofstream out(options.lists, std::ios::binary);
    if (!out.write(reinterpret_cast<const char*>(lists.const_data_ptr<int32_t>()),
                   static_cast<std::streamsize>(lists.numel() * static_cast<int64_t>(sizeof(int32_t))))) {
      return fail({ErrorCode::kIo, "cannot write the lists", options.lists, "check the folder and the free space"});
    }
  }
  std::puts(line.dump().c_str());
  return ok();
}

// Next items asked for in an epoch: all of a history but its oldest.
Status run_sequences(const Options& options, const Interactions& train) {
  Params params(fusion_params(NetworkForm::kSequence));
  HAINA_OK(params.merge(options.params, "bench:1:1"));
  const int64_t length = params.integer("length");
  int64_t targets = 0;
  for (int64_t u = 0; u < train.num_users; ++u) {
    targets += std::clamp<int64_t>(std::ssize(train.row(u)) - 1, 0, length);
  }
  FusionTraining training;
  const FusionData data = {.train = &train, .fields = {}};
  HAINA_OK(FusionNetwork::train(data, params, {.form = NetworkForm::kSequence, .epochs = options.rounds}, training));
  std::puts(nlohmann::json({{"threads", at::get_num_threads()},
                            {"params", params.to_json()},
                            {"targets", targets},
                            {"epoch_seconds", training.epochs.back().seconds},
                            {"loss", training.epochs.back().loss}})
                .dump()
                .c_str());
  return ok();
}

Status run(const Options& options) {
  HAINA_TRY(const Interactions train, read_pairs(options.pairs));
  return options.expert == "sequences" ? run_sequences(options, train) : run_expert(options, train);
}

}  // namespace
}  // namespace haina

int main(int argc, char** argv) {
  haina::Options options;
  bool usable = argc >= 3;
  if (usable) {
    options.expert = argv[1];
    options.pairs = argv[2];
  }
  for (int i = 3; usable && i < argc; ++i) {
    const std::string word = argv[i];
    const size_t cut = word.find('=');
    const std::string name = word.substr(0, cut), value = cut == std::string::npos ? "" : word.substr(cut + 1);
    if (name == "--lists" && !value.empty()) {
      options.lists = value;
    } else if (const auto number = nlohmann::json::parse(value, nullptr, false); !number.is_number()) {
      usable = false;
    } else if (name == "--rounds") {
      options.rounds = std::max<int64_t>(1, number.get<int64_t>());
    } else {
      options.params[name] = number;
    }
  }
  if (!usable) {
    std::fprintf(
        stderr,
        "usage: haina_bench_models EXPERT|sequences PAIRS [PARAMETER=NUMBER ...] [--rounds=2] [--lists=FILE]\n"
        "PAIRS: int32 (user, item), users ascending. FILE: int32 [users, 20], the best unseen of every user.\n");
    return 2;
  }
  if (const haina::Status status = haina::run(options); !status) {
    std::fprintf(stderr, "%s\n", haina::to_text(status.error()).c_str());
    return 1;
  }
  return 0;
}
