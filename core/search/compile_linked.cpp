#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/nearest.hpp"

// Chains and `_has` (SPEC 5.8; FHIR R4 search, sections 3.1.1.4.5 and 3.1.1.4.6).
//
//     subject:Patient.organization.name:exact      two links, then the test
//     _has:Observation:patient:code                one
//     _has:Observation:patient:encounter.status    two
//
// A link that names no type is compiled once for every type that its reference may lead to.
namespace fhirwall::search {
namespace {

constexpr int kMaxLinks = 3;                // SPEC 5.8
constexpr std::uint32_t kMaxLinked = 1000;  // types times types of one parameter
constexpr std::string_view kHas = "_has:";

enum class Outcome : std::uint8_t {
  kDone,
  kLacks,    // resources of the type have no such parameter: noted, not reported
  kRefused,  // reported
};

bool is_membership_name(const Param& param) { return is_membership(kind_of(param)); }

// References or whole resources: what a link can follow. Canonicals and uris name no `Type/id`.
bool yields_references(const fhirpath::Program& program) {
  const auto types = fhirpath::result_types(program);
  return std::any_of(types.begin(), types.end(), [](fhir::TypeId type) {
    return type == fhir::well_known().reference || fhir::is_a(type, fhir::well_known().resource);
  });
}

class LinkCompiler {
 public:
  LinkCompiler(const grammar::criteria::Parameter& parameter, std::span<const BoundValue> values,
               Lowering& lowering)
      : parameter_(parameter), values_(values), lowering_(lowering) {
    add_part(parameter.name, parameter.name_span);
    if (parameter.has_modifier) {
      text_ += ':';
      add_part(parameter.modifier, parameter.modifier_span);
    }
    if (!parameter.chain.empty()) {
      text_ += '.';
      add_part(parameter.chain, parameter.chain_span);
    }
  }

  [[nodiscard]] bool run(Clause& clause) {
    const Outcome outcome = compile(0, lowering_.criteria.type, 0, clause);
    if (outcome == Outcome::kLacks) {
      report_lack();
    }
    return outcome == Outcome::kDone;
  }

 private:
  // A part of `name:modifier.chain`, decoded, with its place in the criteria as written.
  struct Part {
    std::size_t begin = 0;
    std::size_t size = 0;
    Span span;
  };
  // The word at `begin`, which ends at `end`.
  struct Word {
    std::string_view text;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void add_part(std::string_view text, Span span) {
    parts_.push_back({text_.size(), text.size(), span});
    text_ += text;
  }

  // Exact where nothing is escaped, else where the part begins.
  [[nodiscard]] std::uint32_t place_of(std::size_t at) const {
    const Part* part = &parts_.front();
    for (const Part& one : parts_) {
      part = one.begin <= at ? &one : part;
    }
    const bool plain = part->span.end - part->span.begin == part->size;
    return part->span.begin + (plain ? static_cast<std::uint32_t>(at - part->begin) : 0);
  }

  [[nodiscard]] Word word_at(std::size_t begin, std::string_view ends) const {
    const std::size_t end = std::min(text_.find_first_of(ends, begin), text_.size());
    return {std::string_view(text_).substr(begin, end - begin), begin, end};
  }

  Outcome refuse(std::size_t at, IssueCode code, std::string message) {
    lowering_.reporter.error(code, place_of(at), std::move(message));
    return Outcome::kRefused;
  }

  // `why`: instead of that there is no such parameter.
  Outcome lacks(std::size_t at, fhir::TypeId type, std::string why = {}) {
    if (at >= lack_at_) {
      if (at > lack_at_) {
        lacking_.clear();
      }
      lack_at_ = at;
      lack_ = std::move(why);
      if (std::find(lacking_.begin(), lacking_.end(), type) == lacking_.end()) {
        lacking_.push_back(type);
      }
    }
    return Outcome::kLacks;
  }

  // What was found furthest in the text.
  void report_lack() {
    if (!lack_.empty()) {
      (void)refuse(lack_at_, IssueCode::kUnsupportedParameter, std::move(lack_));
      return;
    }
    const std::string_view name = word_at(lack_at_, ":.").text;
    std::string message =
        lacking_.size() == 1
            ? concat("`", criteria_name(lacking_.front()), "` has no search parameter `", name, "`")
            : concat("no type that is reached has a search parameter `", name, "`");
    for (const fhir::TypeId type : lacking_) {
      const std::string_view nearest = nearest_param(type, name, lowering_.options.custom.get());
      if (!nearest.empty()) {
        message += concat("; did you mean `", nearest, "`?");
        break;
      }
    }
    (void)refuse(lack_at_, IssueCode::kUnknownParameter, std::move(message));
  }

  // Works on start_clause() and finish_clause(), whose problems are reported once, not for each
  // type.
  template <typename Work>
  [[nodiscard]] bool reported_once(Work work) {
    Issues issues(1);
    Reporter reporter(issues, {});
    Lowering lowering{lowering_.options, reporter, lowering_.criteria};
    work(lowering);
    for (const Issue& issue : issues.list()) {
      lowering_.reporter.error(issue.code, issue.offset, issue.message);
    }
    return !reporter.failed();
  }

  [[nodiscard]] ParameterName name_of(const Word& name) const {
    ParameterName result;
    result.name = name.text;
    result.name_offset = place_of(name.begin);
    result.offset = parameter_.span.begin;
    return result;
  }

  // What stands from `at` on, asked of resources of `type`, behind `links` links.
  Outcome compile(std::size_t at, fhir::TypeId type, int links, Clause& clause) {
    const std::string_view rest = std::string_view(text_).substr(at);
    const bool has = rest == "_has" || rest.starts_with(kHas);
    const Word name = word_at(at, ":.");
    const bool chain = !has && text_.find('.', at) != std::string::npos;
    if (!has && !chain) {
      return compile_test(name, type, clause);
    }
    if (links == kMaxLinks) {
      return refuse(at, IssueCode::kUnsupportedParameter,
                    concat("a chain follows at most ", std::to_string(kMaxLinks), " references"));
    }
    return has ? compile_has(at, type, links, clause) : compile_chain(name, type, links, clause);
  }

  Outcome compile_test(const Word& word, fhir::TypeId type, Clause& clause) {
    ParameterName name = name_of(word);
    if (word.end != text_.size()) {
      name.has_modifier = true;
      name.modifier = std::string_view(text_).substr(word.end + 1);
      name.modifier_offset = place_of(word.end + 1);
    }
    const Param param = find_param(type, word.text, lowering_.options.custom.get());
    if (!param) {
      return lacks(word.begin, type);
    }
    if (is_membership_name(param)) {
      return refuse(word.begin, IssueCode::kUnsupportedParameter,
                    concat("`", word.text, "` cannot stand behind a reference"));
    }
    ClauseStart start;
    const bool good = reported_once([&](Lowering& lowering) {
      if (start_clause(name, type, lowering, start)) {
        finish_clause(values_, name, lowering, start);
      }
    });
    clause = std::move(start.clause);
    return good ? Outcome::kDone : Outcome::kRefused;
  }

  // The reference parameter `name`, which must lead to resources. `modifier`: `:Type`, or empty.
  Outcome start_link(const Word& name, const Word* modifier, fhir::TypeId type,
                     ClauseStart& start) {
    const Param param = find_param(type, name.text, lowering_.options.custom.get());
    if (!param) {
      return lacks(name.begin, type);
    }
    const auto no_reference = [&] {
      return refuse(name.begin, IssueCode::kUnsupportedParameter,
                    concat("`", name.text, "` cannot be chained: it holds no references"));
    };
    if (kind_of(param) != Clause::Kind::kReference) {
      return no_reference();
    }
    ParameterName parameter = name_of(name);
    if (modifier != nullptr) {
      if (fhir::find_resource_type(modifier->text) == fhir::TypeId::kNone) {
        return refuse(modifier->begin, IssueCode::kUnsupportedModifier,
                      concat("`", modifier->text, "` is no resource type: only a type may stand ",
                             "between a reference and `.`"));
      }
      parameter.has_modifier = true;
      parameter.modifier = modifier->text;
      parameter.modifier_offset = place_of(modifier->begin);
    }
    if (!reported_once(
            [&](Lowering& lowering) { (void)start_clause(parameter, type, lowering, start); })) {
      return Outcome::kRefused;
    }
    return yields_references(*start.clause.program) ? Outcome::kDone : no_reference();
  }

  Outcome compile_chain(const Word& name, fhir::TypeId type, int links, Clause& clause) {
    Word modifier;
    const bool typed = text_[name.end] == ':';
    if (typed) {
      modifier = word_at(name.end + 1, ".");
    }
    ClauseStart start;
    const Outcome started = start_link(name, typed ? &modifier : nullptr, type, start);
    if (started != Outcome::kDone) {
      return started;
    }
    clause = std::move(start.clause);
    clause.kind = Clause::Kind::kChain;
    const std::size_t next = (typed ? modifier.end : name.end) + 1;
    const std::span<const fhir::TypeId> only(&start.only, 1);
    const auto targets = start.only != fhir::TypeId::kNone ? only
                         : clause.targets.empty()          ? fhir::resource_types()
                                                           : clause.targets;
    for (const fhir::TypeId target : targets) {
      Linked linked;
      linked.type = target;
      const Outcome outcome = add_linked(next, std::move(linked), links, clause);
      if (outcome == Outcome::kRefused) {
        return outcome;
      }
    }
    return clause.linked.empty() ? Outcome::kLacks : Outcome::kDone;
  }

  // `_has:Type:reference:` and what follows.
  Outcome compile_has(std::size_t at, fhir::TypeId type, int links, Clause& clause) {
    const Word from = word_at(at + std::min(kHas.size(), text_.size() - at), ":");
    const Word name = word_at(std::min(from.end + 1, text_.size()), ":");
    if (from.text.empty() || name.text.empty() || name.end + 1 >= text_.size()) {
      return refuse(at, IssueCode::kUnsupportedParameter,
                    "expected `_has:Type:reference:parameter`");
    }
    Linked linked;
    linked.type = fhir::find_resource_type(from.text);
    if (linked.type == fhir::TypeId::kNone) {
      return refuse(from.begin, IssueCode::kUnknownResourceType,
                    concat("unknown resource type `", from.text, "`"));
    }
    ClauseStart start;
    const Outcome started = start_link(name, nullptr, linked.type, start);
    if (started != Outcome::kDone) {
      return started;
    }
    const auto targets = start.clause.targets;
    if (!targets.empty() && std::find(targets.begin(), targets.end(), type) == targets.end()) {
      return lacks(name.begin, type,
                   concat("`", name.text, "` of `", from.text, "` never refers to `",
                          criteria_name(type), "`"));
    }
    linked.back = std::move(start.clause.program);
    linked.back_name = name.text;
    clause.kind = Clause::Kind::kHas;
    return add_linked(name.end + 1, std::move(linked), links, clause);
  }

  Outcome add_linked(std::size_t at, Linked linked, int links, Clause& clause) {
    Clause test;
    const Outcome outcome = compile(at, linked.type, links + 1, test);
    if (outcome != Outcome::kDone) {
      return outcome;
    }
    if (++linked_ > kMaxLinked) {
      return refuse(0, IssueCode::kLimitExceeded,
                    "the chain may reach too many types: name them, as in `subject:Patient.name`");
    }
    linked.test.push_back(std::move(test));
    clause.linked.push_back(std::move(linked));
    return Outcome::kDone;
  }

  const grammar::criteria::Parameter& parameter_;
  std::span<const BoundValue> values_;
  Lowering& lowering_;
  std::string text_;  // `name:modifier.chain`
  std::vector<Part> parts_;
  std::uint32_t linked_ = 0;
  // The types without the parameter at lack_at_, the furthest place where one was missing.
  std::size_t lack_at_ = 0;
  std::vector<fhir::TypeId> lacking_;
  std::string lack_;
};

}  // namespace

bool is_linked(const grammar::criteria::Parameter& parameter) {
  return !parameter.chain.empty() || parameter.name == "_has";
}

bool compile_linked(const grammar::criteria::Parameter& parameter,
                    std::span<const BoundValue> values, Lowering& lowering, Clause& clause) {
  if (!lowering.options.resolves) {
    lowering.reporter.error(
        IssueCode::kUnsupportedParameter, parameter.name_span.begin,
        concat("`", parameter.name, "` reads other resources, which needs the option `resolve`"));
    return false;
  }
  lowering.criteria.reads_references = true;
  return LinkCompiler(parameter, values, lowering).run(clause);
}

}  // namespace fhirwall::search
