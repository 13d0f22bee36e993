#include "pipeline/read_media.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "config/own_network.h"
#include "data/assembly/media_files.h"
#include "data/image_cell.h"
#include "data/rows/row_sink.h"
#include "pipeline/encode_texts.h"
#include "pretrained/picture_network.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// The features of one file and whose they are.
struct Seen {
  std::string id;
  fs::path path;
  MediaFeatures features;
};

Result<std::shared_ptr<const PictureNetwork>> load_picture_network(const fs::path& path, const std::string& place) {
  auto network = PictureNetwork::load(path);
  if (!network) {
    Error error = network.error();
    error.at = fmt::format("{}: {}", place, error.at);
    return fail(error);
  }
  return std::make_shared<const PictureNetwork>(std::move(*network));
}

// Whether a network of Haina's own is to be trained on that part of the source.
bool reads_images(const SourceConfig& source, const std::string& part) {
  const auto given = source.encode.find(part);
  return given != source.encode.end() && given->second == kOwnNetwork;
}

// How a source's files are decoded: what the cache calls them by, and what sees their pictures.
struct Decoding {
  const SourceConfig& source;
  FeatureCache& cache;
  const ReadOptions& options;
  std::shared_ptr<const PictureNetwork> network = {};  // nullptr: none
  bool images = false;                                 // for networks of Haina's own
  int64_t decoded = 0;

  // Of contents with that hash, as this network sees them.
  std::string key(const std::string& hash) const {
    const std::string with_images = images ? hash + " images" : hash;
    return network == nullptr ? with_images : with_images + " " + network->folder().identity;
  }
};

ExtractOptions extract_options(const Decoding& decoding, int64_t total) {
  const ReadOptions& options = decoding.options;
  const std::string& name = decoding.source.name;
  ExtractOptions extract = {
      .processes = std::max(1, at::get_num_threads()), .stop = options.stop, .images = decoding.images};
  if (const auto network = decoding.network; network != nullptr) {
    extract.pixels = {
        .resize = network->folder().resize, .side = network->folder().side, .keep_ratio = network->folder().keep_ratio};
    extract.encode = [network](std::span<const uint8_t> pixels) {
      return network->encode(pixels).value_or(std::vector<float>());
    };
  }
  if (options.progress != nullptr) {
    options.progress->start("decode " + name, total);
    extract.progress = [&options](int64_t done) { options.progress->update(done, ""); };
  }
  return extract;
}

void finish(const ReadOptions& options) {
  if (options.progress != nullptr) {
    options.progress->finish();
  }
}

// Files whose contents the cache does not have are decoded, equal contents once.
Result<std::vector<Seen>> seen_files(Decoding& decoding, std::vector<MediaFile> files) {
  FeatureCache& cache = decoding.cache;
  std::vector<std::string> hashes;
  std::vector<fs::path> fresh;
  std::map<std::string, size_t> fresh_at;  // of a hash, in `fresh`
  for (const MediaFile& file : files) {
    // A file that cannot be read has no hash: the decoder says why.
    const Result<std::string> hash = sha256_of(file.path);
    hashes.push_back(hash ? decoding.key(*hash) : "unreadable " + file.path.string());
    if (cache.find(hashes.back()) == nullptr && fresh_at.emplace(hashes.back(), fresh.size()).second) {
      fresh.push_back(file.path);
    }
  }
  std::vector<MediaFeatures> made;
  if (!fresh.empty()) {
    HAINA_TRY(made, extract_files(fresh, extract_options(decoding, std::ssize(fresh))));
    finish(decoding.options);
  }
  decoding.decoded += std::ssize(fresh);
  std::vector<Seen> seen;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto at = fresh_at.find(hashes[i]);
    if (at != fresh_at.end() && !hashes[i].starts_with("unreadable ")) {
      cache.add(hashes[i], made[at->second]);
    }
    seen.push_back({std::move(files[i].id), std::move(files[i].path),
                    at != fresh_at.end() ? made[at->second] : *cache.find(hashes[i])});
  }
  return seen;
}

Result<std::vector<Seen>> seen_members(Decoding& decoding, const MediaListing& listing) {
  FeatureCache& cache = decoding.cache;
  HAINA_TRY(const std::string contents, sha256_of(*listing.archive));
  const std::string hash = decoding.key(contents);
  const ArchiveFeatures* known = cache.find_archive(hash);
  if (known == nullptr) {
    HAINA_TRY(ArchiveFeatures made, extract_archive(*listing.archive, extract_options(decoding, 0)));
    finish(decoding.options);
    decoding.decoded += std::ssize(made.members);
    cache.add_archive(hash, std::move(made));
    known = cache.find_archive(hash);
  }
  if (!known->problem.empty()) {
    if (known->members.empty()) {
      return fail({ErrorCode::kBadData, known->problem, listing.archive->string(),
                   "give a .tar or .zip that other programs open"});
    }
    log_warning(fmt::format("{}: {}, after {} members\n  hint: the rest of the archive is left out; make it anew",
                            listing.archive->string(), known->problem, known->members.size()));
  }
  std::vector<Seen> seen;
  for (const MediaFeatures& member : known->members) {
    const std::string_view name = member.name.starts_with("./") ? std::string_view(member.name).substr(2) : member.name;
    if (const std::optional<std::string> id = listing.pattern->id_of(name)) {
      seen.push_back({*id, *listing.archive / member.name, member});
    }
  }
  if (seen.empty()) {
    return fail({ErrorCode::kNotFound,
                 fmt::format("none of the archive's {} members fits the path", known->members.size()),
                 decoding.source.place,
                 known->members.empty() ? "give an archive with files"
                                        : fmt::format("its first member is '{}'", known->members.front().name)});
  }
  return seen;
}

// Where two decoders disagree about a part's length, the more frequent one counts; in practice there is one.
void drop_odd_lengths(std::vector<Seen>& seen) {
  for (const auto& [name, part] : kMediaParts) {
    std::map<size_t, int64_t> counts;
    for (const Seen& file : seen) {
      counts[(file.features.*part).size()] += (file.features.*part).empty() ? 0 : 1;
    }
    const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    for (Seen& file : seen) {
      if ((file.features.*part).size() != most->first) {
        (file.features.*part).clear();
      }
    }
  }
}

// One id with the means of its files, and with the images of the first file that has them.
struct Row {
  std::string id, path;
  std::array<const std::vector<uint8_t>*, kMediaImages.size()> images = {};
  std::array<std::vector<double>, kMediaParts.size()> sums = {};
  std::array<int64_t, kMediaParts.size()> counts = {};
};

std::vector<Row> rows_by_id(const std::vector<Seen>& seen) {
  std::vector<Row> rows;
  std::map<std::string, size_t> row_of;
  for (const Seen& file : seen) {
    if (!file.features.problem.empty()) {
      continue;
    }
    const auto [at, is_new] = row_of.emplace(file.id, rows.size());
    if (is_new) {
      rows.push_back({.id = file.id, .path = file.path.string()});
    }
    Row& row = rows[at->second];
    for (size_t p = 0; p < kMediaParts.size(); ++p) {
      const std::vector<float>& own = file.features.*kMediaParts[p].second;
      row.sums[p].resize(std::max(row.sums[p].size(), own.size()), 0.0);
      for (size_t i = 0; i < own.size(); ++i) {
        row.sums[p][i] += own[i];
      }
      row.counts[p] += own.empty() ? 0 : 1;
    }
    for (size_t i = 0; i < kMediaImages.size(); ++i) {
      const std::vector<uint8_t>& own = file.features.*kMediaImages[i].bytes;
      row.images[i] = row.images[i] == nullptr && !own.empty() ? &own : row.images[i];
    }
  }
  return rows;
}

arrow::Result<std::shared_ptr<arrow::Array>> vectors_of(const std::vector<Row>& rows, size_t part) {
  const auto values = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (const Row& row : rows) {
    if (row.counts[part] == 0) {
      ARROW_RETURN_NOT_OK(lists.AppendNull());
      continue;
    }
    ARROW_RETURN_NOT_OK(lists.Append());
    for (const double sum : row.sums[part]) {
      ARROW_RETURN_NOT_OK(values->Append(sum / static_cast<double>(row.counts[part])));
    }
  }
  return lists.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> images_of(const std::vector<Row>& rows, size_t kind) {
  arrow::LargeStringBuilder cells;
  for (const Row& row : rows) {
    const std::vector<uint8_t>* const image = row.images[kind];
    ARROW_RETURN_NOT_OK(image == nullptr ? cells.AppendNull()
                                         : cells.Append(image_cell(kMediaImages[kind].shape, *image)));
  }
  return cells.Finish();
}

arrow::Result<std::shared_ptr<arrow::Table>> table_of(const std::vector<Row>& rows, const SourceConfig& source,
                                                      Side side) {
  arrow::LargeStringBuilder ids, paths;
  for (const Row& row : rows) {
    ARROW_RETURN_NOT_OK(ids.Append(row.id));
    ARROW_RETURN_NOT_OK(paths.Append(row.path));
  }
  arrow::FieldVector fields = {arrow::field(side == Side::kUser ? "user" : "item", arrow::large_utf8()),
                               arrow::field("path", arrow::large_utf8())};
  arrow::ArrayVector columns(2);
  ARROW_ASSIGN_OR_RAISE(columns[0], ids.Finish());
  ARROW_ASSIGN_OR_RAISE(columns[1], paths.Finish());
  for (size_t p = 0; p < kMediaParts.size(); ++p) {
    if (std::ranges::any_of(rows, [&](const Row& row) { return row.counts[p] > 0; })) {
      ARROW_ASSIGN_OR_RAISE(auto vectors, vectors_of(rows, p));
      fields.push_back(arrow::field(kMediaParts[p].first, vectors->type()));
      columns.push_back(std::move(vectors));
    }
  }
  for (size_t i = 0; i < kMediaImages.size(); ++i) {
    if (reads_images(source, kMediaImages[i].part) &&
        std::ranges::any_of(rows, [&](const Row& row) { return row.images[i] != nullptr; })) {
      ARROW_ASSIGN_OR_RAISE(auto images, images_of(rows, i));
      fields.push_back(arrow::field(kMediaImages[i].field, images->type()));
      columns.push_back(std::move(images));
    }
  }
  return arrow::Table::Make(arrow::schema(fields), columns);
}

// The rejects file is written as for tables; here each file stands for a row, and none of them makes the reading fail.
Result<ReadResult> counted(const SourceConfig& source, const std::vector<Seen>& seen, const ReadOptions& options) {
  SourceConfig names = source;
  names.max_rejects = 1;
  names.columns = {{.column = "id", .role = "item", .type = "", .separator = "", .place = source.place}};
  RowSink sink(names, options);
  sink.detected() = nlohmann::json::object();
  int64_t accepted = 0;
  for (const Seen& file : seen) {
    const std::string path = file.path.string();
    const RowPlace place = {.file = path, .line = 1};
    if (file.features.problem.empty()) {
      const Cell id = {.text = file.id};
      HAINA_OK(sink.add(place, {&id, 1}, {}));
      ++accepted;
    } else {
      HAINA_OK(sink.reject(place, "media", file.features.problem));
    }
  }
  const std::string first = seen.empty() ? source.path : seen.front().path.string();
  Result<ReadResult> read = sink.finish(first);
  if (!read && accepted == 0 && !seen.empty()) {
    log_warning(
        fmt::format("{}: none of {} files can be decoded: {}\n  hint: see rejects/{}.csv; the source is left out",
                    source.place, seen.size(), seen.front().features.problem, source.name));
    ReadResult none;
    none.read = none.rejected = std::ssize(seen);
    Reject& reject = none.first_rejects.emplace_back();
    reject.file = first;
    reject.line = 1;
    reject.code = "media";
    reject.message = seen.front().features.problem;
    return none;
  }
  return read;
}

}  // namespace

Result<ReadResult> read_media(const SourceConfig& source, FeatureCache& cache, const ReadOptions& options) {
  HAINA_TRY(MediaListing listing, list_media(source, options));
  FeatureCache not_kept;  // a user who is forgotten leaves nothing in the cache
  FeatureCache& used = listing.side == Side::kUser ? not_kept : cache;
  Decoding decoding = {.source = source, .cache = used, .options = options};
  decoding.images =
      std::ranges::any_of(kMediaImages, [&](const MediaImage& image) { return reads_images(source, image.part); });
  nlohmann::json encoded = nlohmann::json::object();
  if (const auto given = source.encode.find("picture"); given != source.encode.end() && given->second != kOwnNetwork) {
    const std::string place = place_of(source, "encode.picture");
    HAINA_TRY(const fs::path path, network_path(given->second, options.base, place));
    HAINA_TRY(decoding.network, load_picture_network(path, place));
    encoded["picture"] = {{"network", given->second},
                          {"identity", decoding.network->folder().identity},
                          {"width", decoding.network->width()}};
  }
  HAINA_TRY(std::vector<Seen> seen,
            listing.archive ? seen_members(decoding, listing) : seen_files(decoding, std::move(listing.files)));
  drop_odd_lengths(seen);
  HAINA_TRY(ReadResult result, counted(source, seen, options));
  const std::vector<Row> rows = rows_by_id(seen);
  const auto table = table_of(rows, source, listing.side);
  if (!table.ok()) {
    return fail({ErrorCode::kIo, table.status().message(), source.place, "free some memory"});
  }
  result.table = *table;
  result.detected = {{"files", seen.size()}, {"decoded", decoding.decoded}};
  if (!encoded.empty()) {
    result.detected["encoded"] = encoded;
  }
  return result;
}

}  // namespace haina
