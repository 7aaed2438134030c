#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/json/padded_buffer.hpp"

namespace fhirwall::json {

// Cuts an NDJSON stream, given in chunks split anywhere, into lines:
//
//     reader.feed(chunk, readable_behind);
//     for (Line line; reader.next(line);) { ... }
//     if (reader.error()) { ... }
//     ... more chunks ...
//     reader.finish();
//     for (Line line; reader.next(line);) { ... }   // the last line, when it has no line feed
//
// A line ends with LF or CR LF; a CR alone is no line end. Lines of JSON white space only are
// passed over. The same lines come out however the stream was split. Nothing is validated here:
// each line is for the parser, which refuses what is not one JSON value (SPEC 8.3).
struct Line {
  // Without the line end; followed by kPadding readable bytes.
  // LIFETIME: until the next call of next(), and not longer than the chunk.
  std::string_view text;
  std::string_view ending;   // "\n", "\r\n", or "" at the end of the stream
  std::uint64_t offset = 0;  // of the line's first byte in the stream
};

class LineReader {
 public:
  explicit LineReader(const Limits& limits) : max_bytes_(limits.max_resource_bytes) {}

  // The next chunk; the one before has been taken up by next(). `chunk` lives until next() returns
  // false, and `readable_behind` bytes behind it can be read: with kPadding of them no line inside
  // the chunk is copied.
  void feed(std::string_view chunk, std::size_t readable_behind);
  // No more chunks.
  void finish() { finished_ = true; }
  // The next line; false when there is none yet, or after an error.
  [[nodiscard]] bool next(Line& line);
  // kLineTooLong (offset of the line) or kOutOfMemory. An error stays.
  [[nodiscard]] Error error() const { return error_; }

 private:
  bool fail(ErrorCode code);

  std::size_t max_bytes_;
  std::string_view chunk_;  // what is left of it
  std::size_t readable_behind_ = 0;
  PaddedBuffer pending_;          // start of the current line, from earlier chunks
  std::uint64_t line_begin_ = 0;  // stream offset of the current line
  bool handed_out_ = false;       // the last line was a view of pending_
  bool finished_ = false;
  Error error_;
};

}  // namespace fhirwall::json
