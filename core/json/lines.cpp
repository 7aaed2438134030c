#include "core/json/lines.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/json/byte_scan.hpp"

namespace fhirwall::json {
namespace {

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), ascii::is_space);
}

}  // namespace

void LineReader::feed(std::string_view chunk, std::size_t readable_behind) {
  chunk_ = chunk;
  readable_behind_ = readable_behind;
}

bool LineReader::fail(ErrorCode code) {
  error_ = {code, line_begin_};
  pending_.clear();
  chunk_ = {};
  return false;
}

bool LineReader::next(Line& line) {
  if (handed_out_) {
    pending_.clear();
    handed_out_ = false;
  }
  while (!error_) {
    const std::size_t feed = find_byte(chunk_.data(), 0, chunk_.size(), '\n');
    const bool found = feed != chunk_.size();
    if (!found && !finished_) {
      // A CR at the end may turn out to belong to the line end, so one byte more is allowed here.
      const std::size_t size = pending_.size() + chunk_.size();
      const bool trailing_cr =
          chunk_.empty() ? pending_.view().ends_with('\r') : chunk_.ends_with('\r');
      if (size > max_bytes_ + (trailing_cr ? 1 : 0)) {
        return fail(ErrorCode::kLineTooLong);
      }
      if (!pending_.append(chunk_)) {
        return fail(ErrorCode::kOutOfMemory);
      }
      chunk_ = {};
      return false;
    }
    const bool last = !found;
    if (last && pending_.empty() && chunk_.empty()) {
      return false;
    }
    std::string_view text = chunk_.substr(0, feed);
    std::size_t behind = chunk_.size() - text.size() + readable_behind_;
    chunk_.remove_prefix(last ? chunk_.size() : feed + 1);
    if (!pending_.empty()) {
      // NOTE: the size is checked first, so that what is gathered stays bounded.
      if (pending_.size() + text.size() > max_bytes_ + 1) {
        return fail(ErrorCode::kLineTooLong);
      }
      if (!pending_.append(text)) {
        return fail(ErrorCode::kOutOfMemory);
      }
      text = pending_.view();
      behind = kPadding;
    }
    line.ending = last ? "" : "\n";
    const std::uint64_t offset = line_begin_;
    const std::uint64_t consumed = text.size() + line.ending.size();
    if (!last && text.ends_with('\r')) {
      text.remove_suffix(1);
      line.ending = "\r\n";
    }
    if (text.size() > max_bytes_) {
      return fail(ErrorCode::kLineTooLong);
    }
    line_begin_ += consumed;
    if (is_blank(text)) {
      pending_.clear();
      continue;
    }
    if (behind < kPadding) {
      if (!pending_.append(text)) {
        return fail(ErrorCode::kOutOfMemory);
      }
      text = pending_.view();
    }
    handed_out_ = !pending_.empty();
    line.text = text;
    line.offset = offset;
    return true;
  }
  return false;
}

}  // namespace fhirwall::json
