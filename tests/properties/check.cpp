#include "tests/properties/check.hpp"

#include <memory>
#include <utility>

#include "tests/properties/random.hpp"

namespace fhirwall::properties {

namespace {

std::string error_text(const Error& error) {
  return std::string("error ").append(error_name(error.code));
}

bool is_envelope(const Case& one, const Node& body) {
  const auto type = body.string_at("type");
  return body.string_at("resourceType") == "Bundle" &&
         ((type == "searchset" && one.interaction == Interaction::kSearch) ||
          (type == "history" && one.interaction == Interaction::kHistory));
}

// SPEC 8.4: a stream must know what it carries before the first entry.
bool in_order(const Node& bundle) {
  bool type = false;
  bool resource_type = false;
  for (const Node& member : bundle.children) {
    type = type || member.name == "type";
    resource_type = resource_type || member.name == "resourceType";
    if (member.name == "entry") {
      return type && resource_type;
    }
  }
  return true;
}

}  // namespace

void Measure::add(const Measure& other) {
  pairs += other.pairs;
  released += other.released;
  different += other.different;
  cut += other.cut;
  out_bytes += other.out_bytes;
  view_bytes += other.view_bytes;
}

std::string text_of(const Case& one, const Node& body) {
  std::string text;
  if (one.kind != BodyKind::kLines) {
    write(body, one.style, text);
    return text + (one.ends_line ? "\n" : "");
  }
  for (const Node& line : body.children) {
    write(line, one.style, text);
    text += '\n';
  }
  if (!one.ends_line && !text.empty()) {
    text.pop_back();
  }
  return text;
}

bool Checker::use(const Node& policy) {
  policy_ = Policy::read(policy);
  compiled_ = engine_.compile_policy(written(policy)).policy;
  return policy_.has_value() && compiled_ != nullptr;
}

std::string Checker::stream(const Case& one, std::string_view text, std::uint64_t chunks) {
  const filter::Format format = one.kind == BodyKind::kLines ? filter::Format::kNdjson
                                : is_envelope(one, one.a)    ? filter::Format::kBundle
                                                             : filter::Format::kResource;
  filter::Stream stream(compiled_, one.interaction, format, filter::OnInvalid::kError);
  Random random(chunks);
  const std::size_t most = random.pick({1, 7, 64, 100000});
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = std::min<std::size_t>(text.size() - at, 1 + random.below(most));
    if (const Error error = stream.write(text.substr(at, size), engine_.context(), out)) {
      return out + error_text(error);
    }
    at += size;
  }
  const Error error = stream.end(engine_.context(), out);
  return error ? out + error_text(error) : out;
}

std::vector<Answer> Checker::answers(const Case& one, const std::string& text,
                                     std::uint64_t chunks) {
  switch (stub_) {
    case Stub::kNone:
    case Stub::kEmptyObject: break;
    case Stub::kNothing: return {{"redact", "denied"}};
    case Stub::kInput: return {{"redact", text}};
    case Stub::kError: return {{"redact", "error invalid-json"}};
  }
  std::vector<Answer> result;
  if (one.kind == BodyKind::kLines) {
    result.push_back({"filterStream", stream(one, text, chunks)});
    return result;
  }
  // An exactly sized block: the padding is all that may be read behind the text.
  const std::unique_ptr<char[]> block(new char[text.size() + json::kPadding]());
  text.copy(block.get(), text.size());
  const std::string_view body(block.get(), text.size());
  std::string out;
  bool allowed = false;
  const bool batch = one.kind == BodyKind::kBatch;
  const std::string requests =
      (batch ? written(one.requests) : "") + std::string(json::kPadding, 0);
  const auto asked =
      filter::Asked::batch(std::string_view(requests).substr(0, requests.size() - json::kPadding));
  Error error = batch ? engine_.redact(*compiled_, asked, body, out, allowed)
                      : engine_.redact(*compiled_, one.interaction, body, out, allowed);
  if (stub_ == Stub::kEmptyObject && allowed) {
    out = "{}";  // decides rightly, so that only the shares of a run can tell
  }
  result.push_back({"redact", error ? error_text(error) : allowed ? out : "denied"});
  if (batch) {
    return result;
  }
  result.push_back({"filterStream", stream(one, text, chunks)});
  out.clear();
  error = engine_.decide_json(*compiled_, one.interaction, body, out);
  result.push_back({"decide", error ? error_text(error) : out});
  out.clear();
  error = engine_.explain_json(*compiled_, one.interaction, body, out);
  result.push_back({"explain", error ? error_text(error) : out});
  return result;
}

std::optional<Failure> Checker::check(const Case& one, Measure& measure) {
  Node a = one.a;
  Node b = one.b;
  clear_fates(a);
  clear_fates(b);
  Reading of_a(*policy_, one.interaction);
  Reading of_b(*policy_, one.interaction);
  of_a.mark(a, one.kind, one.requests);
  of_b.mark(b, one.kind, one.requests);
  if (of_a.uncertain() || of_b.uncertain() || of_a.released() != of_b.released() ||
      (of_a.released() && !same_view(a, b))) {
    return std::nullopt;
  }
  const std::string text_a = text_of(one, a);
  const std::string text_b = text_of(one, b);
  const std::vector<Answer> first = answers(one, text_a, one.chunks);
  const std::vector<Answer> second = answers(one, text_b, one.chunks + 1);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool about_rules = first[i].call == "decide" || first[i].call == "explain";
    if (first[i].call == "filterStream" && (!in_order(one.a) || !in_order(one.b))) {
      continue;
    }
    if (first[i].text != second[i].text && (!about_rules || of_a.trace() == of_b.trace())) {
      return Failure{first[i].call, first[i].text, second[i].text};
    }
  }
  const std::string& out = first[0].text;
  const bool failed = out.starts_with("error ");
  const bool denied = out == "denied";
  if (failed) {
    return Failure{"a well-formed body is an error", out, ""};
  }
  if (one.kind != BodyKind::kLines && denied == of_a.released()) {
    return Failure{denied ? "refused, and should be released" : "released, and should be refused",
                   out, first.back().text};
  }
  measure.pairs = 1;
  measure.different = text_a != text_b ? 1 : 0;
  if (denied || out.empty()) {
    return std::nullopt;
  }
  measure.released = 1;
  measure.out_bytes = out.size();
  measure.cut = out.size() < text_a.size() ? 1 : 0;
  const Node view = view_of(a);
  measure.view_bytes = text_of(one, view).size();
  if (policy_->adds_literals || one.kind == BodyKind::kBatch) {
    return std::nullopt;
  }
  // Whatever is released must be visible.
  std::string list = out;
  if (one.kind == BodyKind::kLines) {
    list.clear();
    for (const char c : out) {
      list += c == '\n' ? ',' : c;
    }
    while (list.ends_with(',')) {
      list.pop_back();
    }
    list = "[" + list + "]";
  }
  const std::optional<Node> released = parse(list);
  if (!released) {
    return Failure{"the output is no JSON", out, ""};
  }
  if (!contained_in(*released, view)) {
    return Failure{"something hidden is released", out, written(view, one.style)};
  }
  return std::nullopt;
}

}  // namespace fhirwall::properties
