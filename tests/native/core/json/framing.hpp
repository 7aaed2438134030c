#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/bundle_entries.hpp"
#include "core/json/lines.hpp"
#include "tests/native/core/json/support.hpp"

namespace fhirwall::json {

// Everything a framing gave, in a form that can be compared and concatenated.
struct Framed {
  struct Part {
    int kind;
    std::string before, text, after;
    std::uint64_t offset;
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;
  ErrorCode code = ErrorCode::kOk;
  std::uint64_t error_offset = 0;
  bool operator==(const Framed&) const = default;
};

// Says how many bytes the next chunk has, at least one.
using Splitter = std::function<std::size_t()>;

// Feeds `text` chunk by chunk, each in a heap block of its own with exactly the promised bytes
// behind it, and calls `drain` after each and after the end.
template <typename Reader, typename Drain>
void feed_chunks(std::string_view text, const Splitter& next_size, bool padded, Reader& reader,
                 Drain drain) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = std::min(next_size(), text.size() - at);
    const std::string_view bytes = text.substr(at, size);
    if (padded) {
      const ExactText chunk(bytes);
      reader.feed(chunk.view(), kPadding);
      drain();
    } else {
      const std::vector<char> chunk(bytes.begin(), bytes.end());
      reader.feed({chunk.data(), chunk.size()}, 0);
      drain();
    }
    at += size;
  }
  reader.finish();
  drain();
}

// Reads the byte at the end of the padding, so that a sanitizer sees a view without it.
inline void touch_padding(std::string_view text) {
  volatile char last = text.data()[text.size() + kPadding - 1];
  static_cast<void>(last);
}

inline Framed frame_lines(std::string_view text, const Limits& limits, const Splitter& next_size,
                          bool padded) {
  Framed result;
  LineReader reader(limits);
  feed_chunks(text, next_size, padded, reader, [&] {
    for (Line line; reader.next(line);) {
      touch_padding(line.text);
      result.parts.push_back(
          {0, "", std::string(line.text), std::string(line.ending), line.offset});
    }
  });
  result.code = reader.error().code;
  result.error_offset = reader.error().offset;
  return result;
}

inline Framed frame_bundle(std::string_view text, const Limits& limits, const Splitter& next_size,
                           bool padded) {
  Framed result;
  BundleReader reader("entry", limits);
  feed_chunks(text, next_size, padded, reader, [&] {
    for (BundlePart part; reader.next(part);) {
      touch_padding(part.text);
      result.parts.push_back({static_cast<int>(part.kind), std::string(part.before),
                              std::string(part.text), std::string(part.after), part.offset});
    }
  });
  result.code = reader.error().code;
  result.error_offset = reader.error().offset;
  return result;
}

inline Splitter whole(std::string_view text) {
  return [size = std::max<std::size_t>(text.size(), 1)] { return size; };
}
inline Splitter pieces_of(std::size_t size) {
  return [size] { return size; };
}

// True if the parts of a framed Bundle all parse: header + tail as one document, each item alone.
inline bool parts_parse(const Framed& framed, Parser& parser, const Limits& limits) {
  Limits item_limits = limits;
  item_limits.max_depth = limits.max_depth < 2 ? 0 : limits.max_depth - 2;
  std::string frame;
  for (const Framed::Part& part : framed.parts) {
    if (part.kind == static_cast<int>(BundlePart::Kind::kItem)) {
      if (parser.parse(ExactText(part.text).view(), item_limits)) {
        return false;
      }
    } else {
      frame += part.text;
    }
  }
  return !parser.parse(ExactText(frame).view(), limits);
}

}  // namespace fhirwall::json
