// Reads one CSV of interactions as prepare does, every cell checked and typed, and prints the seconds. tools and other
// readers: bench/speed/ingest.
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>

#include "data/formats/read_source.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: haina_bench_ingest FILE.csv\n");
    return 2;
  }
  haina::SourceConfig source;
  source.name = "events";
  source.path = argv[1];
  for (const char* const role : {"user", "item", "value", "time"}) {
    source.columns.push_back({.column = role, .role = role, .type = "", .separator = "", .place = "bench:1:1"});
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto result =
      haina::read_source(source, {.base = ".", .rejects_file = {}, .stop = nullptr, .progress = nullptr});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!result) {
    std::fprintf(stderr, "%s\n", haina::to_text(result.error()).c_str());
    return 1;
  }
  std::printf("%.3f %lld\n", seconds, static_cast<long long>(result->accepted));
  return 0;
}
