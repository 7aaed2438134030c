#include "core/json/bundle_entries.hpp"

#include <array>

#include "core/base/ascii.hpp"
#include "core/json/byte_scan.hpp"
#include "core/json/scalar.hpp"

namespace fhirwall::json {
namespace {

// Bytes that mean something inside an object or array, outside strings.
enum class Mark : std::uint8_t { kNone, kQuote, kOpen, kClose };

constexpr std::array<Mark, 256> make_marks() {
  std::array<Mark, 256> marks{};
  marks['"'] = Mark::kQuote;
  marks['{'] = marks['['] = Mark::kOpen;
  marks['}'] = marks[']'] = Mark::kClose;
  return marks;
}
constexpr std::array<Mark, 256> kMarks = make_marks();

constexpr bool is_delimiter(char c) { return c == ',' || c == ':' || c == '}' || c == ']'; }

// True if the raw text of a key, quotes not included, is a spelling of `name`.
bool spells(std::string_view raw, std::string_view name) {
  const auto size = static_cast<std::uint32_t>(raw.size());
  const std::uint32_t escape = find_backslash(raw.data(), 0, size);
  if (escape == size) {
    return raw == name;
  }
  // A broken escape is for whoever parses this part to refuse.
  return !check_escapes(raw.data(), escape, size) && unescapes_to(raw.data(), 0, size, name);
}

}  // namespace

void BundleReader::feed(std::string_view chunk, std::size_t readable_behind) {
  chunk_ = chunk;
  readable_behind_ = readable_behind;
  at_ = 0;
  capture_ = 0;
}

bool BundleReader::next(BundlePart& part) {
  if (error_ || ended_) {
    return false;
  }
  buffer_.drop_front(release_);
  release_ = 0;
  if (scan(part)) {
    return true;
  }
  if (error_) {
    return false;
  }
  if (!finished_) {
    return save();
  }
  if (state_ == State::kDone) {
    ended_ = true;
    return hand_out(BundlePart::Kind::kTail, part);
  }
  return fail(state_ == State::kStart ? ErrorCode::kEmptyBody : ErrorCode::kTruncatedStream,
              position());
}

bool BundleReader::fail(ErrorCode code, std::uint64_t offset) {
  // A part that is too long is refused as such wherever the chunks end.
  if (captured() > max_bytes_ && code != ErrorCode::kOutOfMemory) {
    code = ErrorCode::kLineTooLong;
    offset = position() - captured();
  }
  error_ = {code, offset};
  buffer_.clear();
  chunk_ = {};
  at_ = 0;
  capture_ = 0;
  return false;
}

// Keeps what the chunk holds of the current part. Always false: there is no part yet.
bool BundleReader::save() {
  if (captured() > max_bytes_) {
    return fail(ErrorCode::kLineTooLong, position());
  }
  if (!buffer_.append(chunk_.substr(capture_, at_ - capture_))) {
    return fail(ErrorCode::kOutOfMemory, position());
  }
  chunk_offset_ += chunk_.size();
  chunk_ = {};
  at_ = 0;
  capture_ = 0;
  return false;
}

// Hands out the current part, which ends in front of at_; the next one starts there.
bool BundleReader::hand_out(BundlePart::Kind kind, BundlePart& part) {
  const std::size_t size = captured();
  if (size > max_bytes_) {
    return fail(ErrorCode::kLineTooLong, position());
  }
  const bool is_item = kind == BundlePart::Kind::kItem;
  const std::size_t text_begin = is_item ? item_begin_ : 0;
  const std::size_t text_end = is_item ? item_end_ : size;
  std::string_view bytes = chunk_.substr(capture_, at_ - capture_);
  const std::size_t behind = chunk_.size() - at_ + (size - text_end) + readable_behind_;
  if (!buffer_.empty() || behind < kPadding) {
    if (!buffer_.append(bytes)) {
      return fail(ErrorCode::kOutOfMemory, position());
    }
    bytes = buffer_.view();
    release_ = buffer_.size();
  }
  part.kind = kind;
  part.offset = position() - size + text_begin;
  part.text = bytes.substr(text_begin, text_end - text_begin);
  part.before = bytes.substr(0, text_begin);
  part.after = bytes.substr(text_end);
  capture_ = at_;
  return true;
}

// An item's delimiter has come. The white space behind the last item belongs to the tail.
bool BundleReader::item_done(char delimiter, BundlePart& part) {
  const std::size_t behind_item = captured() - item_end_;
  if (!hand_out(BundlePart::Kind::kItem, part)) {
    return false;
  }
  if (delimiter == ',') {
    ++at_;
    capture_ = at_;
    state_ = State::kItem;
    return true;
  }
  part.after = {};
  if (release_ != 0) {
    release_ -= behind_item;
  } else {
    capture_ -= behind_item;
  }
  ++at_;
  state_ = State::kMemberEnd;
  return true;
}

// Up to and including the closing quote. False when the chunk ends before.
bool BundleReader::skip_string() {
  while (at_ < chunk_.size()) {
    if (escaped_) {
      escaped_ = false;
      ++at_;
      continue;
    }
    at_ = find_either(chunk_.data(), at_, chunk_.size(), '"', '\\');
    if (at_ == chunk_.size()) {
      return false;
    }
    escaped_ = chunk_[at_] == '\\';
    ++at_;
    if (!escaped_) {
      return true;
    }
  }
  return false;
}

// Up to the end of an object or array. False when the chunk ends before.
bool BundleReader::skip_container() {
  const char* const text = chunk_.data();
  const std::size_t size = chunk_.size();
  for (;;) {
    if (in_string_) {
      if (!skip_string()) {
        return false;
      }
      in_string_ = false;
    }
    while (at_ < size && kMarks[static_cast<unsigned char>(text[at_])] == Mark::kNone) {
      ++at_;
    }
    if (at_ == size) {
      return false;
    }
    const Mark mark = kMarks[static_cast<unsigned char>(text[at_])];
    ++at_;
    if (mark == Mark::kQuote) {
      in_string_ = true;
    } else if (mark == Mark::kOpen) {
      ++depth_;
    } else if (--depth_ == 0) {
      return true;
    }
  }
}

// Up to the end of the current value. False when the chunk ends before, or after an error.
bool BundleReader::skip_value() {
  switch (shape_) {
    case Shape::kString: return skip_string();
    case Shape::kContainer: return skip_container();
    case Shape::kScalar: break;
  }
  for (; at_ < chunk_.size(); ++at_) {
    const char c = chunk_[at_];
    if (ascii::is_space(c) || c == ',' || c == '}' || c == ']') {
      return true;
    }
    if (c == '"' || c == '{' || c == '[' || c == ':') {
      return fail(ErrorCode::kInvalidJson, position());
    }
  }
  return false;
}

// The first byte of a value. False after an error.
bool BundleReader::open_value(char c) {
  if (is_delimiter(c)) {
    return fail(ErrorCode::kInvalidJson, position());
  }
  in_string_ = false;
  if (c == '"') {
    shape_ = Shape::kString;
    ++at_;
  } else if (c == '{' || c == '[') {
    shape_ = Shape::kContainer;
    depth_ = 1;
    ++at_;
  } else {
    shape_ = Shape::kScalar;
  }
  return true;
}

// The text of a key as far as the chunk has it. False after an error.
bool BundleReader::read_key() {
  const std::size_t begin = at_;
  const bool done = skip_string();
  // No spelling of a name takes more than six bytes for each of its own.
  const std::size_t room = 6 * array_key_.size() + 1 - key_.size();
  if (!key_.append(chunk_.substr(begin, at_ - begin - (done ? 1 : 0)).substr(0, room))) {
    return fail(ErrorCode::kOutOfMemory, position());
  }
  if (!done) {
    return true;
  }
  is_array_key_ = spells(key_.view(), array_key_);
  if (is_array_key_ && array_seen_) {
    return fail(ErrorCode::kDuplicateKey, key_begin_);
  }
  array_seen_ = array_seen_ || is_array_key_;
  state_ = State::kColon;
  return true;
}

// What stands where the outer object should begin. False after an error.
bool BundleReader::start(char c) {
  if (c == '{') {
    ++at_;
    state_ = State::kFirstKey;
    return true;
  }
  if (c == '\xEF' && position() == 0) {
    return fail(ErrorCode::kByteOrderMark, 0);
  }
  const bool is_value =
      c == '[' || c == '"' || c == '-' || ascii::is_digit(c) || c == 't' || c == 'f' || c == 'n';
  return fail(is_value ? ErrorCode::kNotAnObject : ErrorCode::kInvalidJson, position());
}

// True when a part is complete; else the chunk is used up or there is an error.
bool BundleReader::scan(BundlePart& part) {
  while (at_ < chunk_.size()) {
    const char c = chunk_[at_];
    const auto otherwise = [&] { return fail(ErrorCode::kInvalidJson, position()); };
    switch (state_) {
      case State::kInKey:
        if (!read_key()) {
          return false;
        }
        continue;
      case State::kInValue:
        if (skip_value()) {
          state_ = State::kMemberEnd;
        } else if (error_) {
          return false;
        }
        continue;
      case State::kInItem:
        if (skip_value()) {
          item_end_ = captured();
          state_ = State::kItemEnd;
        } else if (error_) {
          return false;
        }
        continue;
      case State::kStart:
      case State::kFirstKey:
      case State::kKey:
      case State::kColon:
      case State::kValue:
      case State::kMemberEnd:
      case State::kFirstItem:
      case State::kItem:
      case State::kItemEnd:
      case State::kDone: break;
    }
    if (ascii::is_space(c)) {
      ++at_;
      continue;
    }
    switch (state_) {
      case State::kStart:
        if (!start(c)) {
          return false;
        }
        break;
      case State::kFirstKey:
      case State::kKey:
        if (c == '"') {
          key_begin_ = position();
          key_.clear();
          ++at_;
          state_ = State::kInKey;
        } else if (c == '}' && state_ == State::kFirstKey) {
          ++at_;
          state_ = State::kDone;
        } else {
          return otherwise();
        }
        break;
      case State::kColon:
        if (c != ':') {
          return otherwise();
        }
        ++at_;
        state_ = State::kValue;
        break;
      case State::kValue:
        if (is_array_key_ && c == '[') {
          ++at_;
          state_ = State::kFirstItem;
          return hand_out(BundlePart::Kind::kHeader, part);
        }
        if (is_array_key_ && !is_delimiter(c)) {
          return fail(ErrorCode::kUnsupportedContent, position());
        }
        if (!open_value(c)) {
          return false;
        }
        state_ = State::kInValue;
        break;
      case State::kMemberEnd:
        if (c != ',' && c != '}') {
          return otherwise();
        }
        ++at_;
        state_ = c == ',' ? State::kKey : State::kDone;
        break;
      case State::kFirstItem:
      case State::kItem:
        if (c == ']' && state_ == State::kFirstItem) {
          ++at_;
          state_ = State::kMemberEnd;
          break;
        }
        item_begin_ = captured();
        if (!open_value(c)) {
          return false;
        }
        state_ = State::kInItem;
        break;
      case State::kItemEnd:
        if (c != ',' && c != ']') {
          return otherwise();
        }
        return item_done(c, part);
      case State::kDone: return fail(ErrorCode::kTrailingContent, position());
      case State::kInKey:
      case State::kInValue:
      case State::kInItem: break;
    }
  }
  return false;
}

}  // namespace fhirwall::json
