// Strings (FHIRPath N1, 5.6; 3.0, 5.7). Positions and lengths count Unicode code points (3.0:
// "Unicode scalar values").
#include "core/base/ascii.hpp"
#include "core/base/unicode.hpp"
#include "core/fhirpath/functions/texts.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

// The result when an operand is missing or the evaluation has failed.
bool leave_missing(Machine& machine, const Call& call, One one) {
  return one != One::kFailed && machine.leave_nothing(call.input);
}

bool leave_integer(Machine& machine, const Call& call, std::int64_t value) {
  return machine.leave(call.input, Item::of_integer(value));
}

// A part of a text that lives long enough by itself.
bool leave_part(Machine& machine, const Call& call, std::string_view text) {
  return machine.leave(call.input, Item::of_text(text));
}

enum class Find : std::uint8_t { kFirst, kLast, kAny };

// indexOf(substring), lastIndexOf(substring): -1 if it is nowhere. contains(substring).
bool find_text(Machine& machine, const Call& call, Find what) {
  std::string_view text;
  std::string_view part;
  const One one = read_texts(machine, call, text, {&part});
  if (one != One::kValue) {
    return leave_missing(machine, call, one);
  }
  Finder finder;
  if (!spend_bytes(machine, text.size()) || !finder.prepare(machine, part)) {
    return false;
  }
  const std::size_t at = what == Find::kLast ? finder.find_last(text) : finder.find(text, 0);
  if (what == Find::kAny) {
    return machine.leave(call.input, std::optional<bool>(at != kNowhere));
  }
  return leave_integer(
      machine, call,
      at == kNowhere ? -1 : static_cast<std::int64_t>(count_code_points(text.substr(0, at))));
}
bool index_of(Machine& machine, const Call& call) { return find_text(machine, call, Find::kFirst); }
bool last_index_of(Machine& machine, const Call& call) {
  return find_text(machine, call, Find::kLast);
}
bool contains(Machine& machine, const Call& call) { return find_text(machine, call, Find::kAny); }

bool starts_with(Machine& machine, const Call& call) {
  std::string_view text;
  std::string_view part;
  const One one = read_texts(machine, call, text, {&part});
  return one == One::kValue ? machine.leave(call.input, std::optional<bool>(text.starts_with(part)))
                            : leave_missing(machine, call, one);
}

bool ends_with(Machine& machine, const Call& call) {
  std::string_view text;
  std::string_view part;
  const One one = read_texts(machine, call, text, {&part});
  return one == One::kValue ? machine.leave(call.input, std::optional<bool>(text.ends_with(part)))
                            : leave_missing(machine, call, one);
}

One read_integer(Machine& machine, const Call& call, std::size_t index, std::int64_t& value) {
  Range range;
  if (!machine.argument(call, index, range)) {
    return One::kFailed;
  }
  const One one = machine.one_integer(range, call, value);
  if (one != One::kFailed) {
    machine.resize(range.begin);
  }
  return one;
}

// substring(start [, length]): nothing if it starts outside of the text; at most `length` code
// points, none for a length below 1. An empty length is none given.
bool substring(Machine& machine, const Call& call) {
  std::string_view text;
  std::int64_t start = 0;
  std::int64_t length = INT64_MAX;
  One one = read_texts(machine, call, text);
  if (one == One::kValue) {
    one = read_integer(machine, call, 0, start);
  }
  if (one == One::kValue && call.argument_count() > 1 &&
      read_integer(machine, call, 1, length) == One::kFailed) {
    return false;
  }
  if (one != One::kValue) {
    return leave_missing(machine, call, one);
  }
  if (!spend_bytes(machine, text.size())) {
    return false;
  }
  const std::size_t begin =
      start < 0 ? kNowhere : offset_of_code_point(text, static_cast<std::uint64_t>(start));
  if (begin == kNowhere || begin == text.size()) {
    return machine.leave_nothing(call.input);
  }
  text.remove_prefix(begin);
  const std::size_t end =
      length < 0 ? 0 : offset_of_code_point(text, static_cast<std::uint64_t>(length));
  return leave_part(machine, call, text.substr(0, end));
}

bool change_case(Machine& machine, const Call& call,
                 void (*append)(std::string_view, std::string&)) {
  std::string_view text;
  const One one = read_texts(machine, call, text);
  if (one != One::kValue) {
    return leave_missing(machine, call, one);
  }
  if (!spend_bytes(machine, text.size())) {
    return false;
  }
  std::string& out = machine.scratch().text;
  out.clear();
  append(text, out);
  return machine.leave_text(call.input, out);
}
bool upper(Machine& machine, const Call& call) { return change_case(machine, call, append_upper); }
bool lower(Machine& machine, const Call& call) { return change_case(machine, call, append_lower); }

// The parts of a text between the places where a pattern is found, and the rest. An empty pattern
// is found between all code points, and at both ends if `at_ends`.
class Parts {
 public:
  Parts(std::string_view text, const Finder& finder, std::string_view pattern, bool at_ends)
      : text_(text), pattern_(pattern), finder_(finder), at_ends_(at_ends), before_(at_ends) {}

  [[nodiscard]] bool next(std::string_view& part) {
    if (done_) {
      return false;
    }
    std::size_t end = begin_;
    if (!pattern_.empty()) {
      end = finder_.find(text_, begin_);
      done_ = end == kNowhere;
    } else if (before_) {
      before_ = false;
      done_ = text_.empty();
    } else if (begin_ == text_.size()) {
      done_ = true;
      part = {};
      return at_ends_;
    } else {
      end = begin_ + length_of_code_point(text_, begin_);
    }
    part = text_.substr(begin_, end - begin_);
    begin_ = end + pattern_.size();
    return true;
  }

 private:
  std::string_view text_;
  std::string_view pattern_;
  const Finder& finder_;
  bool at_ends_;
  bool before_;  // the end before the first code point is still to come
  bool done_ = false;
  std::size_t begin_ = 0;
};

// replace(pattern, substitution): every occurrence. An empty pattern surrounds each character.
bool replace(Machine& machine, const Call& call) {
  std::string_view text;
  std::string_view pattern;
  std::string_view substitution;
  const One one = read_texts(machine, call, text, {&pattern, &substitution});
  if (one != One::kValue) {
    return leave_missing(machine, call, one);
  }
  Finder finder;
  if (!spend_bytes(machine, text.size()) || !finder.prepare(machine, pattern)) {
    return false;
  }
  // Known before it is built: the result may be the product of both texts.
  std::size_t kept = 0;
  std::size_t times = 0;
  std::string_view part;
  for (Parts parts(text, finder, pattern, true); parts.next(part); ++times) {
    kept += part.size();
  }
  // Once between two parts each; the empty text is one place for the empty pattern.
  times -= pattern.empty() && text.empty() ? 0u : 1u;
  if (times == 0) {
    return leave_part(machine, call, text);
  }
  const std::size_t room = machine.scratch().arena.budget_left();
  if (kept > room || substitution.size() > (room - kept) / times) {
    return machine.fail(ErrorCode::kResultTooLarge, call.op.offset, {});
  }
  const std::size_t size = kept + times * substitution.size();
  if (!spend_bytes(machine, size)) {
    return false;
  }
  char* memory = machine.allocate(size);
  if (memory == nullptr) {
    return false;
  }
  char* at = memory;
  std::size_t left = times;
  for (Parts parts(text, finder, pattern, true); parts.next(part);) {
    at += part.copy(at, part.size());
    if (left != 0) {
      at += substitution.copy(at, substitution.size());
      --left;
    }
  }
  return leave_part(machine, call, {memory, size});
}

bool length(Machine& machine, const Call& call) {
  std::string_view text;
  const One one = read_texts(machine, call, text);
  if (one != One::kValue) {
    return leave_missing(machine, call, one);
  }
  return spend_bytes(machine, text.size()) &&
         leave_integer(machine, call, static_cast<std::int64_t>(count_code_points(text)));
}

bool leave_parts(Machine& machine, const Call& call, std::string_view text,
                 std::string_view separator) {
  Finder finder;
  if (!spend_bytes(machine, text.size()) || !finder.prepare(machine, separator)) {
    return false;
  }
  machine.resize(call.input.begin);
  std::string_view part;
  for (Parts parts(text, finder, separator, false); parts.next(part);) {
    if (!machine.spend()) {
      return false;
    }
    machine.push(Item::of_text(part));
  }
  return true;
}

bool to_chars(Machine& machine, const Call& call) {
  std::string_view text;
  const One one = read_texts(machine, call, text);
  return one == One::kValue ? leave_parts(machine, call, text, {})
                            : leave_missing(machine, call, one);
}

// split(separator): all parts, empty ones too. An empty separator stands between all characters.
bool split(Machine& machine, const Call& call) {
  std::string_view text;
  std::string_view separator;
  const One one = read_texts(machine, call, text, {&separator});
  return one == One::kValue ? leave_parts(machine, call, text, separator)
                            : leave_missing(machine, call, one);
}

// trim(): white space is what the grammar calls so: space, tab, line feed, carriage return.
bool trim(Machine& machine, const Call& call) {
  std::string_view text;
  const One one = read_texts(machine, call, text);
  return one == One::kValue ? leave_part(machine, call, ascii::trim(text))
                            : leave_missing(machine, call, one);
}

// join([separator]): all items, which are Strings. One without value is left out.
bool join(Machine& machine, const Call& call) {
  std::string_view separator;
  if (call.argument_count() == 1) {
    const One one = read_text(machine, call, 0, separator);
    if (one != One::kValue) {
      return leave_missing(machine, call, one);
    }
  }
  std::string joined;
  bool any = false;
  const std::size_t room = machine.scratch().arena.budget_left();
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    std::string_view text;
    const One one = machine.one_text({i, i + 1}, call, text);
    if (one == One::kFailed) {
      return false;
    }
    if (one == One::kEmpty) {
      continue;
    }
    if (!spend_bytes(machine, text.size() + separator.size())) {
      return false;
    }
    if (joined.size() + text.size() + separator.size() > room) {
      return machine.fail(ErrorCode::kResultTooLarge, call.op.offset, {});
    }
    joined.append(any ? separator : std::string_view{}).append(text);
    any = true;
  }
  return any ? machine.leave_text(call.input, joined) : machine.leave_nothing(call.input);
}

constexpr Function kFunctions[] = {
    {"indexOf", 1, 1, Takes::kValues, Yields::kSystem, index_of},
    {"lastIndexOf", 1, 1, Takes::kValues, Yields::kSystem, last_index_of},
    {"substring", 1, 2, Takes::kValues, Yields::kSystem, substring},
    {"startsWith", 1, 1, Takes::kValues, Yields::kSystem, starts_with},
    {"endsWith", 1, 1, Takes::kValues, Yields::kSystem, ends_with},
    {"contains", 1, 1, Takes::kValues, Yields::kSystem, contains},
    {"upper", 0, 0, Takes::kValues, Yields::kSystem, upper},
    {"lower", 0, 0, Takes::kValues, Yields::kSystem, lower},
    {"replace", 2, 2, Takes::kValues, Yields::kSystem, replace},
    {"length", 0, 0, Takes::kValues, Yields::kSystem, length},
    {"toChars", 0, 0, Takes::kValues, Yields::kSystem, to_chars},
    {"trim", 0, 0, Takes::kValues, Yields::kSystem, trim},
    {"split", 1, 1, Takes::kValues, Yields::kSystem, split},
    {"join", 0, 1, Takes::kValues, Yields::kSystem, join, true},
};

}  // namespace

std::span<const Function> string_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
