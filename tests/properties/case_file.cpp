#include "tests/properties/case_file.hpp"

#include <utility>

namespace fhirwall::properties {
namespace {

std::optional<Node> body_of(BodyKind kind, const std::string& text) {
  if (kind != BodyKind::kLines) {
    return parse(text);
  }
  Node lines = array_node();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    auto line = parse(std::string_view(text).substr(begin, end - begin));
    if (!line) {
      return std::nullopt;
    }
    lines.children.push_back(*std::move(line));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

std::string to_file(const Case& one, std::string_view what) {
  Node file = object_node();
  add(file, "what", what);
  add(file, "interaction", policy::interaction_name(one.interaction));
  add(file, "lines", other_node(one.kind == BodyKind::kLines ? "true" : "false"));
  add(file, "endsLine", other_node(one.ends_line ? "true" : "false"));
  add(file, "chunks", std::to_string(one.chunks));
  Node& style = add(file, "style", object_node());
  add(style, "newline", one.style.newline);
  add(style, "indent", one.style.indent);
  add(style, "colon", one.style.colon);
  add(style, "comma", one.style.comma);
  if (one.kind == BodyKind::kBatch) {
    add(file, "requests", one.requests);
  }
  add(file, "policy", one.policy);
  add(file, "a", text_of(one, one.a));
  add(file, "b", text_of(one, one.b));
  return written(file, {"\n", "  ", ": ", ","}) + "\n";
}

std::optional<Case> from_file(std::string_view text) {
  const std::optional<Node> file = parse(text);
  if (!file) {
    return std::nullopt;
  }
  Case one;
  const auto string = [&](const Node& node, std::string_view name) {
    return node.string_at(name).value_or("");
  };
  const auto interaction = policy::find_interaction(string(*file, "interaction"));
  const Node* const policy = file->find("policy");
  const Node* const style = file->find("style");
  if (!interaction || policy == nullptr || style == nullptr) {
    return std::nullopt;
  }
  one.policy = *policy;
  one.interaction = *interaction;
  one.kind = file->find("lines")->text == "true" ? BodyKind::kLines : BodyKind::kResource;
  if (const Node* const requests = file->find("requests")) {
    one.kind = BodyKind::kBatch;
    one.requests = *requests;
  }
  one.ends_line = file->find("endsLine")->text == "true";
  for (const char c : string(*file, "chunks")) {
    one.chunks = one.chunks * 10 + static_cast<std::uint64_t>(c - '0');
  }
  one.style = {string(*style, "newline"), string(*style, "indent"), string(*style, "colon"),
               string(*style, "comma")};
  auto a = body_of(one.kind, string(*file, "a"));
  auto b = body_of(one.kind, string(*file, "b"));
  if (!a || !b) {
    return std::nullopt;
  }
  one.a = *std::move(a);
  one.b = *std::move(b);
  return one;
}

}  // namespace fhirwall::properties
