// Makes the calls of corpus.mjs on the native engine: one JSON object a line, one answer a line,
// both as execute.mjs has them.
//
//   attacks calls.jsonl > answers.jsonl
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/encoding.hpp"
#include "core/engine.hpp"

namespace {

using namespace fhirwall;
using json::Document;
using json::NodeIndex;

// A text with the padding that the parser asks for, in a block of exactly that size.
class Text {
 public:
  explicit Text(std::string_view text)
      : bytes_(new char[text.size() + json::kPadding]()), size_(text.size()) {
    text.copy(bytes_.get(), text.size());
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out.append(part);
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool plain = static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\';
    char escape[8] = {c, '\0'};
    if (!plain) {
      std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned char>(c));
    }
    out += escape;
  }
  return out + "\"";
}

std::string_view class_name(ErrorCode code) {
  switch (error_class(code)) {
    case ErrorClass::kResource: return "ResourceError";
    case ErrorClass::kLimit: return "LimitError";
    case ErrorClass::kState: return "StateError";
    case ErrorClass::kEvaluation: return "EvaluationError";
    default: return "EngineFault";
  }
}

std::string error_json(const Error& error) {
  const std::string message =
      joined({error_message(error.code), " (at byte ", std::to_string(error.offset), ")"});
  return joined({R"({"name":)", quoted(class_name(error.code)), R"(,"code":)",
                 quoted(error_name(error.code)), R"(,"message":)", quoted(message), "}"});
}

std::string failed(const Error& error) { return joined({R"({"error":)", error_json(error), "}"}); }

std::string released(std::string_view bytes) {
  std::string hex;
  append_hex(bytes, hex);
  return joined({R"("released":")", hex, "\""});
}

template <typename Value>
Value one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  int index = 0;
  for (const std::string_view one : names) {
    if (one == name) {
      break;
    }
    ++index;
  }
  return static_cast<Value>(index);
}

class Attacks {
 public:
  std::string answer(const Document& document) {
    document_ = &document;
    const std::string input = text("input");
    if (input != input_) {
      compiled_ = engine_.compile_policy(input);
      input_ = input;
    }
    if (!compiled_.policy) {
      return refusal();
    }
    const std::string call = text("call");
    if (call == "compile") {
      return R"({"issues":[]})";
    }
    if (const Error error = supply()) {
      return failed(error);
    }
    std::string bytes;
    if (!decode_hex(text("body"), bytes)) {
      return R"({"error":{"code":"no-hex"}})";
    }
    const auto interaction = one_of<policy::Interaction>(
        text("interaction"), {"read", "vread", "search", "history", "create", "update", "delete"});
    std::string out = call == "stream"   ? stream(interaction, bytes)
                      : call == "redact" ? redact(interaction, bytes)
                                         : about(interaction, bytes);
    engine_.clear_supplied();
    return out;
  }

 private:
  std::string text(std::string_view key) const {
    const NodeIndex node = document_->find(0, key);
    std::string scratch;
    return node == json::kNoNode        ? std::string()
           : document_->is_string(node) ? std::string(document_->string(node, scratch))
                                        : std::string(document_->raw(node));
  }

  std::string refusal() const {
    std::string codes;
    for (const Issue& issue : compiled_.issues.list()) {
      if (issue.severity == Severity::kError) {
        codes.append(codes.empty() ? "" : ",").append(quoted(issue_name(issue.code)));
      }
    }
    return joined(
        {R"({"issues":[)", codes, R"(],"message":)", quoted(issues_json(compiled_.issues)), "}"});
  }

  // `extra.resolved`: bodies by reference, each as a text.
  Error supply() {
    const NodeIndex extra = document_->find(0, "extra");
    const NodeIndex resolved =
        extra == json::kNoNode ? json::kNoNode : document_->find(extra, "resolved");
    if (resolved == json::kNoNode) {
      return {};
    }
    std::string fetched;
    std::string body;
    for (NodeIndex member = Document::first_child(resolved), end = (*document_)[resolved].next;
         member != end; member = (*document_)[member].next) {
      fetched.append(fetched.empty() ? "{" : ",");
      fetched.append(quoted(document_->key(member))).append(":");
      fetched.append(document_->string(member, body));
    }
    return engine_.supply(fetched.append("}"));
  }

  // `extra.request` is the Bundle that was sent, as a text, `extra.entryInteractions` stands for
  // it.
  std::string requests() const {
    const NodeIndex extra = document_->find(0, "extra");
    std::string scratch;
    for (const std::string_view key : {"request", "entryInteractions"}) {
      const NodeIndex node = document_->find(extra, key);
      if (node != json::kNoNode) {
        return std::string(document_->is_string(node) ? document_->string(node, scratch)
                                                      : document_->raw(node));
      }
    }
    return {};
  }

  std::string redact(policy::Interaction interaction, std::string_view bytes) {
    const Text body(bytes);
    const Text batch(requests());
    const filter::Asked asked =
        text("interaction") == "batch" ? filter::Asked::batch(batch.view()) : interaction;
    std::string out;
    bool allowed = false;
    const Error error = engine_.redact(*compiled_.policy, asked, body.view(), out, allowed);
    if (error) {
      return failed(error);
    }
    return allowed ? joined({"{", released(out), "}"}) : R"({"denied":true})";
  }

  std::string about(policy::Interaction interaction, std::string_view bytes) {
    const Text body(bytes);
    std::string decision;
    Error error = engine_.decide_json(*compiled_.policy, interaction, body.view(), decision);
    decision = error ? error_json(error) : decision;
    std::string explanation;
    error = engine_.explain_json(*compiled_.policy, interaction, body.view(), explanation);
    explanation = error ? error_json(error) : explanation;
    return joined({R"({"texts":[)", quoted(decision), ",", quoted(explanation), "]}"});
  }

  std::string stream(policy::Interaction interaction, std::string_view bytes) {
    const auto format = one_of<filter::Format>(text("format"), {"ndjson", "bundle", "resource"});
    const auto on_invalid = one_of<filter::OnInvalid>(text("onInvalid"), {"error", "drop"});
    const std::size_t chunk = static_cast<std::size_t>(std::stoul(text("chunk")));
    filter::Stream stream(compiled_.policy, interaction, format, on_invalid,
                          engine_.take_supplied());
    std::string out;
    Error error;
    for (std::size_t at = 0; at < bytes.size() && !error; at += chunk) {
      const Text piece(bytes.substr(at, chunk));
      error = stream.write(piece.view(), engine_.context(), out);
    }
    if (!error) {
      error = stream.end(engine_.context(), out);
    }
    return joined({"{", released(out), error ? R"(,"error":)" : "",
                   error ? error_json(error) : std::string(), "}"});
  }

  Engine engine_;
  const Document* document_ = nullptr;
  std::string input_;
  policy::CompileOutcome compiled_;
};

}  // namespace

int main(int argc, char** argv) {
  std::ifstream file(argc > 1 ? argv[1] : "");
  Attacks attacks;
  json::Parser parser;
  for (std::string line; std::getline(file, line);) {
    const Text text(line);
    if (parser.parse(text.view(), Limits{})) {
      std::fprintf(stderr, "a line is no JSON\n");
      return 1;
    }
    std::puts(attacks.answer(parser.document()).c_str());
  }
  return 0;
}
