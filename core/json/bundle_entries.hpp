#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/json/padded_buffer.hpp"

namespace fhirwall::json {

// Cuts one JSON object, given in chunks split anywhere, into the items of the array that is its
// member `array_key`, and what stands around them:
//
//     {"resourceType":"Bundle","entry": [ {...} , {...} ] ,"total":2}
//     |            header             ||_item__|,|_item_|    tail   |
//
// All parts and the commas between the items, in order, are the stream, byte for byte. The same
// parts come out however it was split.
//
// This is framing only: it tracks strings and brackets and knows the members of the outer object by
// their unescaped keys. What is in a part is validated by whoever gets it:
//   - header + tail is one JSON document in which the array is empty; parse it as such, which also
//     finds duplicate keys. While the tail is not there, header + "]}" is such a document;
//   - each item's text is one JSON document, two levels less deep than it stands.
// If all of these are accepted (with max_depth lowered by two for the items), so is the whole
// stream.
//
// To write the kept items so that the bytes are those MemberCutter leaves in the whole text:
// header; the first one kept behind the `before` of the first item of all; each other one behind
// the `after` of the one kept before, a comma and its own `before`; then the tail.
struct BundlePart {
  enum class Kind : std::uint8_t {
    kHeader,  // up to and including the array's `[`; comes once, before any item
    kItem,    // one item
    kTail,    // from behind the last item's value to the end; comes once, at the end. Without any
              // header before it the object has no such array, and this is the whole stream
  };
  Kind kind = Kind::kHeader;
  // Followed by kPadding readable bytes. LIFETIME: until the next call of next(), and not longer
  // than the chunk.
  std::string_view text;
  std::string_view before;   // items: white space between the `[` or `,` and the item
  std::string_view after;    // items: white space between the item and its `,`; empty for the last,
                             // where it belongs to the tail
  std::uint64_t offset = 0;  // of text's first byte in the stream
};

class BundleReader {
 public:
  BundleReader(std::string_view array_key, const Limits& limits)
      : array_key_(array_key), max_bytes_(limits.max_resource_bytes) {}

  // The next chunk; the one before has been taken up by next(). `chunk` lives until next() returns
  // false, and `readable_behind` bytes behind it can be read: with kPadding of them no item inside
  // the chunk is copied.
  void feed(std::string_view chunk, std::size_t readable_behind);
  // No more chunks.
  void finish() { finished_ = true; }
  // The next part; false when there is none yet, or after an error.
  [[nodiscard]] bool next(BundlePart& part);
  // An error stays. kLineTooLong (a part exceeds max_resource_bytes), kTruncatedStream, kEmptyBody,
  // kByteOrderMark, kNotAnObject, kTrailingContent, kDuplicateKey (the array's key comes twice),
  // kUnsupportedContent (the member is not an array), kInvalidJson, kOutOfMemory.
  [[nodiscard]] Error error() const { return error_; }

 private:
  enum class State : std::uint8_t {
    kStart,      // white space in front of the object
    kFirstKey,   // behind `{`: a key or `}`
    kKey,        // behind `,`: a key
    kInKey,      // inside a key's quotes
    kColon,      // behind a key
    kValue,      // behind a colon
    kInValue,    // inside a member's value
    kMemberEnd,  // behind a member's value
    kFirstItem,  // behind the array's `[`: an item or `]`
    kItem,       // behind a comma of the array: an item
    kInItem,     // inside an item
    kItemEnd,    // behind an item
    kDone,       // behind the outer `}`
  };
  enum class Shape : std::uint8_t { kScalar, kString, kContainer };

  bool scan(BundlePart& part);
  bool start(char c);
  bool read_key();
  bool open_value(char c);
  bool skip_value();
  bool skip_string();
  bool skip_container();
  bool item_done(char delimiter, BundlePart& part);
  bool hand_out(BundlePart::Kind kind, BundlePart& part);
  bool save();
  bool fail(ErrorCode code, std::uint64_t offset);
  [[nodiscard]] std::uint64_t position() const { return chunk_offset_ + at_; }
  [[nodiscard]] std::size_t captured() const { return buffer_.size() + (at_ - capture_); }

  std::string array_key_;
  std::size_t max_bytes_;
  std::string_view chunk_;
  std::size_t readable_behind_ = 0;
  std::size_t at_ = 0;              // next byte of chunk_
  std::uint64_t chunk_offset_ = 0;  // of chunk_ in the stream
  // The current part: buffer_, then chunk_[capture_, at_).
  PaddedBuffer buffer_;
  std::size_t capture_ = 0;
  std::size_t release_ = 0;  // bytes at the front of buffer_ that the last part showed

  State state_ = State::kStart;
  Shape shape_ = Shape::kScalar;  // of the current value
  bool in_string_ = false;        // inside a string of the current object or array
  bool escaped_ = false;          // the byte before is a backslash that escapes the next one
  std::uint64_t depth_ = 0;       // open brackets inside the current value
  PaddedBuffer key_;              // raw text of the current key, as far as it may matter
  std::uint64_t key_begin_ = 0;   // stream offset of its opening quote
  std::size_t item_begin_ = 0;    // where the item starts, from the start of the part
  std::size_t item_end_ = 0;
  bool is_array_key_ = false;  // the current member's key is the array's
  bool array_seen_ = false;
  bool finished_ = false;
  bool ended_ = false;  // the tail has been handed out
  Error error_;
};

}  // namespace fhirwall::json
