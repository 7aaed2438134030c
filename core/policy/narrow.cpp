#include "core/policy/narrow.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/concat.hpp"
#include "core/fhir/compartment.hpp"
#include "core/search/compiled.hpp"
#include "core/search/custom.hpp"

namespace fhirwall::policy {
namespace {

using Term = Narrowing::Term;
using search::Clause;
using search::Criteria;
using Kind = search::Clause::Kind;

// Longer ones cost more than they spare, and servers bound their URLs.
constexpr std::size_t kMaxBytes = 2048;

enum class Said : std::uint8_t {
  kNot,
  kAlso,     // whatever the clause lets through, and on some servers more
  kExactly,  // what the clause lets through
};

struct Spoken {
  std::vector<Term> terms;
  bool exact = true;
};

int hex(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// The bound text of criteria has no other encoding than `%XX`.
std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && text.size() - i > 2;
    out += escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    i += escape ? 2 : 0;
  }
  return out;
}

bool all_primitive(const Clause& clause, bool wanted) {
  const auto types = fhirpath::result_types(*clause.program);
  return !types.empty() && std::all_of(types.begin(), types.end(), [&](fhir::TypeId type) {
    return (fhir::type_kind(type) == fhir::TypeKind::kPrimitive) == wanted;
  });
}

// A system in front of the code of a `code` element is implicit: not all servers know it. A code
// without one is compared with words, too, by some.
Said token(const Clause& clause) {
  const auto every = [&](search::TokenValue::System system) {
    return std::all_of(
        clause.tokens.begin(), clause.tokens.end(),
        [&](const search::TokenValue& one) { return one.system_is == system && !one.any_code; });
  };
  using System = search::TokenValue::System;
  if (all_primitive(clause, true)) {
    return every(System::kAny) ? Said::kExactly : Said::kNot;
  }
  if (clause.words || !all_primitive(clause, false)) {
    return Said::kNot;
  }
  return every(System::kGiven) ? Said::kExactly : Said::kAlso;
}

Said reference(const Clause& clause) {
  const bool typed = std::all_of(
      clause.references.begin(), clause.references.end(), [](const search::ReferenceValue& one) {
        return one.form == search::ReferenceValue::Form::kTyped && one.version.empty() &&
               one.text.find(':') == std::string::npos;
      });
  return typed ? Said::kExactly : Said::kNot;
}

Said dates(const Clause& clause) {
  return std::all_of(clause.dates.begin(), clause.dates.end(),
                     [](const search::DateValue& one) {
                       return one.prefix != search::Prefix::kAp &&
                              one.prefix != search::Prefix::kNe;
                     })
             ? Said::kAlso
             : Said::kNot;
}

// `_compartment` where only FHIR's own parameters can say it: the one that puts resources of the
// type in the compartment.
Said compartment(const Criteria& criteria, const Clause& clause, fhir::TypeId type, Term& term) {
  if (clause.members.empty()) {
    return Said::kNot;
  }
  const fhir::TypeId of = clause.members.front().type;
  if (of == fhir::TypeId::kNone || !fhir::has_compartment_definition(of) ||
      (criteria.custom != nullptr && criteria.custom->find_compartment(of) != nullptr)) {
    return Said::kNot;
  }
  const bool own = of == type;
  const auto params = fhir::compartment_params(of, type);
  if (!own && params.size() != 1) {
    return Said::kNot;
  }
  term.key = own ? "_id" : params.front();
  term.value.clear();
  for (const search::MembershipValue& member : clause.members) {
    if (member.type != of) {
      return Said::kNot;
    }
    term.value += term.value.empty() ? "" : ",";
    term.value += own ? member.id : concat(fhir::type_name(of), "/", member.id);
  }
  return Said::kExactly;
}

// What the reference stores with each resource: the Patient's compartment, accounts, projects.
Said stored_membership(const Clause& clause) {
  const bool stored = std::all_of(clause.members.begin(), clause.members.end(),
                                  [](const search::MembershipValue& member) {
                                    return member.type == fhir::well_known().patient ||
                                           (member.type != fhir::TypeId::kNone &&
                                            !fhir::has_compartment_definition(member.type));
                                  });
  return stored ? Said::kExactly : Said::kNot;
}

Said say(const Criteria& criteria, const Clause& clause, fhir::TypeId type, bool medplum,
         Term& term) {
  if (clause.negate) {
    return Said::kNot;  // SPEC 5.5 is narrower than what servers find
  }
  switch (clause.kind) {
    case Kind::kToken: return token(clause);
    case Kind::kString:
      return clause.mode == search::StringMode::kExact        ? Said::kExactly
             : clause.mode == search::StringMode::kStartsWith ? Said::kAlso
                                                              : Said::kNot;
    case Kind::kUri: return Said::kAlso;
    case Kind::kReference: return reference(clause);
    case Kind::kDate: return dates(clause);
    case Kind::kMissing: return Said::kAlso;
    case Kind::kCompartment:
      return medplum ? stored_membership(clause) : compartment(criteria, clause, type, term);
    case Kind::kAccount:
    case Kind::kProject: return medplum ? stored_membership(clause) : Said::kNot;
    case Kind::kOfType:
    case Kind::kText:
    case Kind::kIdentifier:
    case Kind::kUriAbove:
    case Kind::kUriBelow:
    case Kind::kNumber:
    case Kind::kQuantity:
    case Kind::kComposite:
    case Kind::kFilter:
    case Kind::kChain:
    case Kind::kHas: break;
  }
  return Said::kNot;
}

// Parameters that the host supplied are known to its server only by the host's word.
bool is_supplied(const Criteria& criteria, fhir::TypeId type, std::string_view key) {
  return criteria.custom != nullptr &&
         criteria.custom->find_param(type, key.substr(0, key.find(':'))) != nullptr;
}

bool same(const Term& a, const Term& b) { return a.key == b.key && a.value == b.value; }

bool has(const std::vector<Term>& terms, const Term& term) {
  return std::any_of(terms.begin(), terms.end(), [&](const Term& one) { return same(one, term); });
}

Spoken speak(const Rule& rule, fhir::TypeId type, bool medplum) {
  Spoken out;
  for (const auto& condition : rule.conditions) {
    for (std::uint32_t i = 0; i < condition->clauses.size(); ++i) {
      const std::string_view text = search::clause_text(*condition, i);
      const std::size_t sign = std::min(text.find('='), text.size() - 1);
      Term term{decode(text.substr(0, sign)), decode(text.substr(sign + 1))};
      Said said = say(*condition, condition->clauses[i], type, medplum, term);
      if (is_supplied(*condition, type, term.key)) {
        said = Said::kNot;
      }
      out.exact &= said == Said::kExactly;
      if (said != Said::kNot && !has(out.terms, term)) {
        out.terms.push_back(std::move(term));
      }
    }
  }
  return out;
}

// Of each the value of the one term with this key; empty when one has none, or several.
std::string join(const std::vector<Spoken>& rests, const std::string& key) {
  std::vector<std::string_view> values;
  for (const Spoken& rest : rests) {
    const Term* found = nullptr;
    for (const Term& term : rest.terms) {
      if (term.key == key) {
        if (found != nullptr) {
          return {};
        }
        found = &term;
      }
    }
    if (found == nullptr) {
      return {};
    }
    if (std::find(values.begin(), values.end(), found->value) == values.end()) {
      values.push_back(found->value);
    }
  }
  std::string out;
  for (const std::string_view value : values) {
    out += concat(out.empty() ? "" : ",", value);
  }
  return out;
}

}  // namespace

Narrowing narrow(const CompiledPolicy& policy, fhir::TypeId type, bool medplum) {
  std::vector<Spoken> rules;
  for (const std::uint16_t index : policy.rules_by_type[fhir::resource_index(type)]) {
    const Rule& rule = policy.rules[index];
    if ((rule.interactions & mask_of(Interaction::kSearch)) != 0) {
      rules.push_back(speak(rule, type, medplum));
    }
  }
  Narrowing out;
  if (rules.empty()) {
    return out;
  }
  // What holds for all of them.
  for (const Term& term : rules.front().terms) {
    const bool common = std::all_of(rules.begin(), rules.end(),
                                    [&](const Spoken& rule) { return has(rule.terms, term); });
    if (common) {
      out.terms.push_back(term);
    }
  }
  // Where one rule says no more than that, and says all of it, that is what they say together.
  bool all_exact = true;
  bool one_value = true;
  bool open = false;
  for (Spoken& rule : rules) {
    std::vector<Term> rest;
    for (Term& term : rule.terms) {
      if (!has(out.terms, term)) {
        rest.push_back(std::move(term));
      }
    }
    rule.terms = std::move(rest);
    open |= rule.terms.empty();
    out.exact |= rule.terms.empty() && rule.exact;
    all_exact &= rule.exact;
    one_value &= rule.terms.size() == 1;
  }
  if (!open) {
    // A value more or less in one term is said with commas; of several terms each by itself, so
    // that the query finds combinations that no rule lets through.
    std::vector<Term> joined;
    for (const Term& term : rules.front().terms) {
      std::string value = term.key.ends_with(":missing") ? std::string() : join(rules, term.key);
      if (!value.empty()) {
        joined.push_back({term.key, std::move(value)});
      }
    }
    out.exact = all_exact && one_value && joined.size() == 1;
    for (Term& term : joined) {
      out.terms.push_back(std::move(term));
    }
  }
  std::size_t bytes = 0;
  for (const Term& term : out.terms) {
    bytes += term.key.size() + term.value.size();
  }
  if (bytes > kMaxBytes) {
    return {};
  }
  out.exact &= policy.projects.own.empty();  // SPEC 10.1 is no part of the rules
  return out;
}

}  // namespace fhirwall::policy
