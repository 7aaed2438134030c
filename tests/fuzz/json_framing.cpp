// layer: core/json
// Any bytes as an NDJSON stream and as a streamed Bundle: the same parts at any chunk split, the
// stream is the sum of its parts, and a Bundle whose parts all parse parses as a whole, and the
// other way round. The first byte chooses the splits and the limit.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#define FHIRWALL_SOURCE_DIR "."
#include "tests/native/core/json/framing.hpp"

namespace fhirwall::json {
namespace {

void require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

void check_lines(std::string_view text, const Limits& limits, const Splitter& split, bool padded) {
  const Framed all = frame_lines(text, limits, whole(text), false);
  require(frame_lines(text, limits, split, padded) == all);
  std::uint64_t end = 0;
  for (const Framed::Part& part : all.parts) {
    require(part.offset >= end && text.substr(part.offset, part.text.size()) == part.text);
    require(part.text.find('\n') == std::string::npos);
    end = part.offset + part.text.size() + part.after.size();
  }
}

void check_bundle(std::string_view text, const Limits& limits, const Splitter& split, bool padded) {
  static Parser parser;
  const Framed all = frame_bundle(text, limits, whole(text), padded);
  require(frame_bundle(text, limits, split, padded) == all);
  std::string joined;
  bool first = true;
  for (const Framed::Part& part : all.parts) {
    if (part.kind == static_cast<int>(BundlePart::Kind::kItem)) {
      joined += first ? "" : ",";
      first = false;
    }
    joined += part.before + part.text + part.after;
  }
  const bool framed = all.code == ErrorCode::kOk;
  require(framed ? joined == text : text.substr(0, joined.size()) == joined);
  const bool parts = framed && parts_parse(all, parser, limits);
  const bool whole_text = !parser.parse(ExactText(text).view(), limits);
  const bool refuses_more = all.code == ErrorCode::kLineTooLong ||
                            all.code == ErrorCode::kUnsupportedContent ||
                            all.code == ErrorCode::kNotAnObject;
  require(parts ? whole_text : refuses_more || !whole_text);
}

}  // namespace
}  // namespace fhirwall::json

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fhirwall;
  using namespace fhirwall::json;
  if (size == 0) {
    return 0;
  }
  const std::uint8_t choice = data[0];
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  Limits limits;
  if ((choice & 0x80) != 0) {
    limits.max_resource_bytes = 30;
  }
  const bool padded = (choice & 0x40) != 0;
  std::uint32_t seed = choice;
  const Splitter split = [&seed]() -> std::size_t {
    if ((seed & 7) == 0) {
      return 1;
    }
    seed = seed * 1664525u + 1013904223u;
    return 1 + (seed >> 24) % 20;
  };
  check_lines(text, limits, split, padded);
  check_bundle(text, limits, split, padded);
  return 0;
}
