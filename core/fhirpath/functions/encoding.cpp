// Encodings of strings (FHIRPath 3.0, 5.7).
#include "core/base/encoding.hpp"

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/base/unicode.hpp"
#include "core/fhirpath/functions/texts.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

void encode_base64(std::string_view text, std::string& out) {
  append_base64(text, Base64::kStandard, out);
}
void encode_base64_url(std::string_view text, std::string& out) {
  append_base64(text, Base64::kUrl, out);
}
bool decode_base64_standard(std::string_view text, std::string& out) {
  return decode_base64(text, Base64::kStandard, out);
}
bool decode_base64_url(std::string_view text, std::string& out) {
  return decode_base64(text, Base64::kUrl, out);
}

// As in a JSON string, without its quotes.
void escape_json(std::string_view text, std::string& out) {
  append_json_string(out, text);
  out.pop_back();
  out.erase(0, 1);
}
bool unescape_json(std::string_view text, std::string& out) {
  append_json_unescaped(text, out);
  return true;
}
bool unescape_html(std::string_view text, std::string& out) {
  append_html_unescaped(text, out);
  return true;
}

struct Format {
  std::string_view name;
  void (*write)(std::string_view text, std::string& out);
  bool (*read)(std::string_view text, std::string& out);
};
constexpr Format kEncodings[] = {
    {"hex", append_hex, decode_hex},
    {"base64", encode_base64, decode_base64_standard},
    {"urlbase64", encode_base64_url, decode_base64_url},
};
constexpr Format kTargets[] = {
    {"html", append_html_escaped, unescape_html},
    {"json", escape_json, unescape_json},
};

// Text that is not in its encoding is an error; bytes that are no text are no String.
bool convert(Machine& machine, const Call& call, std::span<const Format> formats, bool writes,
             std::string_view expected) {
  std::string_view text;
  std::string_view name;
  const One one = read_texts(machine, call, text, {&name});
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  const Format* format = nullptr;
  for (const Format& candidate : formats) {
    if (candidate.name == name) {
      format = &candidate;
    }
  }
  if (format == nullptr) {
    return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                        concat("`", call.function.name, "` expects ", expected));
  }
  if (!spend_bytes(machine, 4 * text.size())) {
    return false;
  }
  std::string& out = machine.scratch().text;
  out.clear();
  if (writes) {
    format->write(text, out);
  } else if (!format->read(text, out)) {
    return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                        concat("`", call.function.name, "` expects text in this encoding"));
  } else if (!is_utf8(out)) {
    return machine.leave_nothing(call.input);
  }
  return machine.leave_text(call.input, out);
}

constexpr std::string_view kEncodingNames = "`hex`, `base64` or `urlbase64`";
constexpr std::string_view kTargetNames = "`html` or `json`";

bool encode(Machine& machine, const Call& call) {
  return convert(machine, call, kEncodings, true, kEncodingNames);
}
bool decode(Machine& machine, const Call& call) {
  return convert(machine, call, kEncodings, false, kEncodingNames);
}
bool escape(Machine& machine, const Call& call) {
  return convert(machine, call, kTargets, true, kTargetNames);
}
bool unescape(Machine& machine, const Call& call) {
  return convert(machine, call, kTargets, false, kTargetNames);
}

constexpr Function kFunctions[] = {
    {"encode", 1, 1, Takes::kValues, Yields::kSystem, encode},
    {"decode", 1, 1, Takes::kValues, Yields::kSystem, decode},
    {"escape", 1, 1, Takes::kValues, Yields::kSystem, escape},
    {"unescape", 1, 1, Takes::kValues, Yields::kSystem, unescape},
};

}  // namespace

std::span<const Function> encoding_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
