// Makes the calls of a transcript (tests/js/replay.test.mjs) on the native engine, and says where
// its answers differ from those that are written there. One policy or criteria text a line:
//
//   {"compile":TEXT,"codes":[CODE...]} or
//   {"compile":TEXT,"hash":TEXT,"calls":[[OPERATION,ARGUMENT...,ANSWER]...]}
//   {"search":TEXT,"options":TEXT,"codes":[...]} or {...,
//   "calls":[["matches",BODY,FETCHED,ANSWER]]}
//
// Exit status: 0 when all agree, 1 otherwise. Prints the number of calls, and the first
// differences.
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine.hpp"

namespace {

using namespace fhirwall;
using json::Document;
using json::NodeIndex;

// A text with the padding that the parser asks for.
class Text {
 public:
  explicit Text(std::string text) : bytes_(std::move(text)), size_(bytes_.size()) {
    bytes_.append(json::kPadding, '\0');
  }
  [[nodiscard]] std::string_view view() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  std::string bytes_;
  std::size_t size_;
};

std::string text_of(const Document& document, NodeIndex node) {
  std::string scratch;
  return document.is_string(node) ? std::string(document.string(node, scratch))
                                  : std::string(document.raw(node));
}

std::vector<std::string> items_of(const Document& document, NodeIndex array) {
  std::vector<std::string> items;
  for (NodeIndex item = Document::first_child(array), end = document[array].next; item != end;
       item = document[item].next) {
    items.push_back(text_of(document, item));
  }
  return items;
}

policy::Interaction interaction_of(const std::string& index) {
  return static_cast<policy::Interaction>(std::stoi(index));
}

std::string failed(const Error& error) {
  return std::string("error ").append(error_name(error.code));
}

std::string codes_of(const Issues& issues) {
  std::string codes = "[";
  for (const Issue& issue : issues.list()) {
    if (issue.severity == Severity::kError) {
      codes += codes.size() > 1 ? "," : "";
      codes.append("\"").append(issue_name(issue.code)).append("\"");
    }
  }
  return codes.append("]");
}

class Replay {
 public:
  void line(const Document& document) {
    const auto member = [&](std::string_view key) {
      const NodeIndex node = document.find(0, key);
      return node == json::kNoNode ? std::string() : text_of(document, node);
    };
    const bool refused = document.find(0, "codes") != json::kNoNode;
    Issues issues(1000);
    policy::CompileOutcome compiled;
    std::shared_ptr<const search::Criteria> criteria;
    if (document.find(0, "compile") != json::kNoNode) {
      compiled = engine_.compile_policy(member("compile"));
      issues = compiled.issues;
      if (compiled.policy) {
        expect(member("hash"), compiled.policy->hash, "hash");
      }
    } else {
      criteria = engine_.compile_search(member("search"), issues, member("options"));
    }
    const bool compiles = compiled.policy != nullptr || criteria != nullptr;
    expect(refused ? member("codes") : "[]", codes_of(issues), "codes");
    if (!compiles || refused) {
      return;
    }
    const NodeIndex calls = document.find(0, "calls");
    for (NodeIndex call = Document::first_child(calls), end = document[calls].next; call != end;
         call = document[call].next) {
      const std::vector<std::string> parts = items_of(document, call);
      const std::string answer =
          criteria ? matches(*criteria, parts) : ask(*compiled.policy, parts);
      engine_.clear_supplied();
      expect(parts.back(), answer, parts.front());
    }
  }

  [[nodiscard]] std::size_t differences() const { return differences_; }
  [[nodiscard]] std::size_t calls() const { return calls_; }

 private:
  void expect(const std::string& wanted, const std::string& actual, const std::string& what) {
    ++calls_;
    if (wanted != actual && ++differences_ <= 10) {
      std::printf("%s: WebAssembly says %s\n  native says %s\n", what.c_str(), wanted.c_str(),
                  actual.c_str());
    }
  }

  bool supply(const std::string& fetched, std::string& out) {
    if (fetched == "null") {
      return true;
    }
    const Error error = engine_.supply(fetched);
    out = error ? failed(error) : std::string();
    return !error;
  }

  std::string matches(const search::Criteria& criteria, const std::vector<std::string>& call) {
    std::string out;
    if (!supply(call[2], out)) {
      return out;
    }
    bool holds = false;
    const Text body(call[1]);
    const Error error = engine_.search_matches(criteria, body.view(), holds);
    return error ? failed(error) : holds ? "true" : "false";
  }

  std::string ask(const policy::CompiledPolicy& policy, const std::vector<std::string>& call) {
    const std::string& operation = call[0];
    std::string out;
    if (operation == "ip") {
      return engine_.check_ip_json(policy, call[1]);
    }
    if (operation == "can") {
      return engine_.can(policy, interaction_of(call[1]), call[2]) ? "true" : "false";
    }
    if (operation == "write") {
      return write(policy, call);
    }
    if (!supply(call[3], out)) {
      return out;
    }
    const Text body(call[2]);
    const policy::Interaction interaction = interaction_of(call[1]);
    Error error;
    if (operation == "redact") {
      bool allowed = false;
      error = engine_.redact(policy, interaction, body.view(), out, allowed);
      out = allowed ? out : "denied";
    } else if (operation == "explain") {
      error = engine_.explain_json(policy, interaction, body.view(), out);
    } else {
      error = engine_.decide_json(policy, interaction, body.view(), out);
    }
    return error ? failed(error) : out;
  }

  // ["write", interaction, before, change, patches, fetched, answer]
  std::string write(const policy::CompiledPolicy& policy, const std::vector<std::string>& call) {
    std::string out;
    if (!supply(call[5], out)) {
      return out;
    }
    const Text before(call[2]);
    const Text change(call[3]);
    decide::WriteRequest request;
    request.interaction = interaction_of(call[1]);
    request.before = before.view();
    (call[4] == "true" ? request.patch : request.after) = change.view();
    std::string body;
    const Error error = engine_.check_write(policy, request, out, body);
    return error ? failed(error) : out.append(" ").append(body);
  }

  Engine engine_;
  std::size_t calls_ = 0;
  std::size_t differences_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::ifstream file(argc > 1 ? argv[1] : "");
  Replay replay;
  json::Parser parser;
  for (std::string line; std::getline(file, line);) {
    const Text text(line);
    if (parser.parse(text.view(), Limits{})) {
      std::printf("a line is no JSON\n");
      return 1;
    }
    replay.line(parser.document());
  }
  std::printf("%zu answers compared, %zu differences\n", replay.calls(), replay.differences());
  return replay.calls() == 0 || replay.differences() != 0 ? 1 : 0;
}
