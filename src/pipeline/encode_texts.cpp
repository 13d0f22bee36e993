#include "pipeline/encode_texts.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

// Vectors of texts, each encoded once.
using Encoded = std::map<std::string, std::vector<float>, std::less<>>;

std::string key_of(const TextNetwork& network, std::string_view text) {
  Sha256 hash;
  hash.add(network.identity().data(), network.identity().size());
  hash.add(text.data(), text.size());
  return "text " + hash.hex();
}

// Encodes what `into` has no vector of, on all threads.
Status encode_all(const TextNetwork& network, const std::vector<std::string>& texts, const std::string& title,
                  const ReadOptions& options, Encoded& into) {
  if (options.progress != nullptr) {
    options.progress->start("encode " + title, std::ssize(texts));
  }
  std::vector<std::vector<float>> vectors(texts.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;  // of what follows
  int64_t done = 0;
  std::optional<Error> error;
  const auto work = [&] {
    for (size_t i = next++; i < texts.size(); i = next++) {
      const bool stops = options.stop != nullptr && options.stop->requested();
      auto vector = stops ? fail({ErrorCode::kInterrupted, "stopped while encoding texts", "", "run it again"})
                          : network.encode(texts[i]);
      const std::scoped_lock lock(mutex);
      if (!vector) {
        error = vector.error();
        next = texts.size();
        return;
      }
      vectors[i] = std::move(*vector);
      if (options.progress != nullptr) {
        options.progress->update(++done, "");
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 1; t < std::clamp<int>(at::get_num_threads(), 1, static_cast<int>(texts.size())); ++t) {
      threads.emplace_back(work);
    }
    work();
  }
  if (options.progress != nullptr) {
    options.progress->finish();
  }
  if (error) {
    return fail(*error);
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    into[texts[i]] = std::move(vectors[i]);
  }
  return ok();
}

bool has_text(const arrow::Array& cells, int64_t row) { return cells.IsValid(row) && !text_at(&cells, row).empty(); }

arrow::Result<std::shared_ptr<arrow::Table>> with_vectors(const arrow::Table& table, const std::string& name,
                                                          const arrow::Array& texts, const Encoded& encoded) {
  const auto values = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (int64_t r = 0; r < texts.length(); ++r) {
    const auto found = has_text(texts, r) ? encoded.find(text_at(&texts, r)) : encoded.end();
    if (found == encoded.end() || found->second.empty()) {
      ARROW_RETURN_NOT_OK(lists.AppendNull());
      continue;
    }
    ARROW_RETURN_NOT_OK(lists.Append());
    for (const float value : found->second) {
      ARROW_RETURN_NOT_OK(values->Append(value));
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto column, lists.Finish());
  return table.AddColumn(table.num_columns(), arrow::field(name, column->type()),
                         std::make_shared<arrow::ChunkedArray>(column));
}

}  // namespace

Result<fs::path> network_path(const std::string& given, const fs::path& base, const std::string& place) {
  HAINA_TRY(const std::string path, expand_environment(given, place));
  return base / path;
}

Result<std::shared_ptr<const TextNetwork>> TextNetworks::get(const fs::path& path, const std::string& place) {
  std::shared_ptr<const TextNetwork>& known = loaded_[path];
  if (known == nullptr) {
    auto network = TextNetwork::load(path);
    if (!network) {
      Error error = network.error();
      error.at = fmt::format("{}: {}", place, error.at);
      return fail(error);
    }
    known = std::make_shared<const TextNetwork>(std::move(*network));
  }
  return known;
}

Result<Json> encode_texts(SourceConfig& source, std::shared_ptr<arrow::Table>& table, TextNetworks& networks,
                          FeatureCache& cache, const ReadOptions& options) {
  Json about = Json::object();
  FeatureCache not_kept;  // a user who is forgotten leaves nothing in the cache
  FeatureCache& used = source.kind == SourceKind::kUsers ? not_kept : cache;
  const std::vector<ColumnConfig> columns = source.columns;
  for (const ColumnConfig& column : columns) {
    const auto wanted = std::ranges::find_if(source.encode, [&](const auto& entry) {
      return entry.first == role_or_name(column) || entry.first == column.column;
    });
    const std::string name = column.role == "name" ? column.role : column.column;
    const arrow::Array* const texts =
        table == nullptr || wanted == source.encode.end() ? nullptr : column_of(*table, name);
    if (texts == nullptr) {
      continue;
    }
    const std::string place = source.live ? source.place : place_of(source, "encode." + wanted->first);
    if (column_of(*table, vector_column(name)) != nullptr) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a column '{}' is there already", vector_column(name)),
                   place, "rename one of both"});
    }
    HAINA_TRY(const fs::path path, network_path(wanted->second, options.base, place));
    HAINA_TRY(const auto network, networks.get(path, place));
    Encoded encoded;
    std::vector<std::string> fresh;
    int64_t rows = 0, without = 0;
    for (int64_t r = 0; r < texts->length(); ++r) {
      if (!has_text(*texts, r)) {
        continue;
      }
      ++rows;
      const auto [at, is_new] = encoded.try_emplace(std::string(text_at(texts, r)));
      if (is_new) {
        const MediaFeatures* const known = used.find(key_of(*network, at->first));
        known != nullptr ? void(at->second = known->encoded) : fresh.push_back(at->first);
      }
    }
    if (!fresh.empty()) {
      HAINA_OK(encode_all(*network, fresh, source.name + "." + name, options, encoded));
    }
    for (const std::string& text : fresh) {
      used.add(key_of(*network, text), {.name = "", .encoded = encoded[text]});
    }
    without = std::ranges::count_if(encoded, [](const auto& one) { return one.second.empty(); });
    const auto extended = with_vectors(*table, vector_column(name), *texts, encoded);
    if (!extended.ok()) {
      return fail({ErrorCode::kIo, extended.status().message(), place, "free some memory"});
    }
    table = *extended;
    source.columns.push_back(
        {.column = vector_column(name), .role = "", .type = "vector", .separator = "", .place = place});
    about[name] = {{"network", wanted->second}, {"identity", network->identity()},
                   {"width", network->width()}, {"texts", rows},
                   {"encoded", fresh.size()},   {"without", without}};
  }
  return about;
}

}  // namespace haina
