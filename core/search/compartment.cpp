#include "core/fhir/compartment.hpp"

#include <algorithm>

#include "core/fhir/reference.hpp"
#include "core/fhirpath/resolve.hpp"
#include "core/search/compiled.hpp"
#include "core/search/custom.hpp"

namespace fhirwall::search {
namespace {

using fhir::ReferenceParts;
using json::kNoNode;
using json::NodeIndex;

// Membership of one resource: `_compartment`, `_account`, `_project` (SPEC 5.6).
//
// When reading, a stored `meta.compartment` decides about Patient, account and Project membership,
// and nothing else does where it stands. Without it the compartment definitions are computed, but
// accounts and projects are not guessed: they count only once the server has folded them in. For
// the result of a write everything is computed and nothing stored is believed.
class Membership {
 public:
  Membership(MatchContext& context, const Clause& clause)
      : context_(context), document_(context.document), clause_(clause), wide_(clause.negate) {
    meta_ = find(context.resource, "meta");
    if (meta_ != kNoNode && !document_.is_object(meta_)) {
      meta_is_malformed_ = true;  // nobody knows what is stored
    }
  }

  // A negation holds only if the resource is in none of the compartments under any reading: stored,
  // computed, by account, by project, and none of these is malformed (SPEC 5.5).
  bool holds() {
    if (meta_is_malformed_ || !is_membership(clause_.kind)) {
      return false;
    }
    const bool member = clause_.kind == Clause::Kind::kAccount   ? in_accounts(false)
                        : clause_.kind == Clause::Kind::kProject ? in_project()
                        : wide_                                  ? anywhere()
                                                                 : in_compartment();
    if (context_.error) {
      return false;
    }
    return wide_ ? !member && !bad_ : member;
  }

 private:
  [[nodiscard]] NodeIndex find(NodeIndex object, std::string_view key) const {
    return object == kNoNode ? kNoNode : document_.find(object, key);
  }

  bool in_compartment() {
    if (context_.purpose == Purpose::kWriteResult) {
      return computed(false) || in_accounts(true) || in_project();
    }
    const NodeIndex stored = find(meta_, "compartment");
    if (stored != kNoNode) {
      return in_references(stored) || computed(true);
    }
    return computed(false);
  }

  bool anywhere() {
    const NodeIndex stored = find(meta_, "compartment");
    const bool in_stored = stored != kNoNode && in_references(stored);
    // No short cut: every source must be looked at, so that a malformed one is seen.
    const bool in_definitions = computed(false);
    const bool in_account = in_accounts(false);
    return in_project() || in_stored || in_definitions || in_account;
  }

  bool matches(fhir::TypeId type, std::string_view id) const {
    return std::any_of(
        clause_.members.begin(), clause_.members.end(), [&](const MembershipValue& value) {
          return (value.type == fhir::TypeId::kNone || value.type == type) && value.id == id;
        });
  }

  bool in_references(NodeIndex array) {
    if (!document_.is_array(array)) {
      bad_ = true;
      return false;
    }
    bool member = false;
    for (NodeIndex i = json::Document::first_child(array), end = document_[array].next; i != end;
         i = document_[i].next) {
      member |= is_member(i, false);
    }
    return member;
  }

  // One Reference. Any FHIR id counts, versioned references too (SPEC 5.6).
  bool is_member(NodeIndex reference, bool account_of_write) {
    const NodeIndex node = find(reference, "reference");
    if (node == kNoNode || !document_.is_string(node)) {
      bad_ = true;
      return false;
    }
    const std::string_view text = document_.string(node, context_.scratch.text);
    const ReferenceParts parts = fhir::parse_reference(text, context_.criteria.base_url_views);
    if (parts.form == ReferenceParts::Form::kTypeId) {
      if (account_of_write && !account_counts(parts.type)) {
        return false;
      }
      return matches(parts.type, parts.id);
    }
    if (!wide_) {
      return false;
    }
    std::string_view id;
    const fhir::TypeId type = fhirpath::type_of_reference_text(text, id);
    bad_ |= type == fhir::TypeId::kNone;
    return type != fhir::TypeId::kNone && matches(type, id);
  }

  // SPEC 5.6: `Project/` accounts do not count. SPEC 9.5: nor does a Patient account of a type that
  // can name the patient itself.
  [[nodiscard]] bool account_counts(fhir::TypeId type) const {
    const fhir::TypeId patient = fhir::well_known().patient;
    if (type == fhir::find_resource_type("Project")) {
      return false;
    }
    return type != patient ||
           (context_.type != patient && fhir::compartment_params(patient, context_.type).empty());
  }

  // Of the tables, or supplied (SPEC 5.6).
  [[nodiscard]] bool has_definition(fhir::TypeId type) const {
    const Custom* custom = context_.criteria.custom.get();
    return fhir::has_compartment_definition(type) ||
           (custom != nullptr && custom->find_compartment(type) != nullptr);
  }

  // Where `accounts` exists, even empty, `account` is ignored (SPEC 5.6); in the wider reading both
  // count.
  bool in_accounts(bool of_write) {
    const NodeIndex accounts = find(meta_, "accounts");
    const NodeIndex account = find(meta_, "account");
    bool member = false;
    if (accounts != kNoNode) {
      if (!document_.is_array(accounts)) {
        bad_ = true;
        return false;
      }
      for (NodeIndex i = json::Document::first_child(accounts), end = document_[accounts].next;
           i != end; i = document_[i].next) {
        member |= is_member(i, of_write);
      }
    }
    if (account != kNoNode && (accounts == kNoNode || wide_)) {
      member |= is_member(account, of_write);
    }
    return member;
  }

  // `Project/<meta.project>`, and `User.project`.
  bool in_project() {
    bool member = false;
    const fhir::TypeId project = fhir::find_resource_type("Project");
    const NodeIndex node = find(meta_, "project");
    if (node != kNoNode) {
      if (!document_.is_string(node)) {
        bad_ = true;
        return false;
      }
      std::string_view text = document_.string(node, context_.scratch.text);
      if (text.starts_with("Project/")) {
        text.remove_prefix(8);
      }
      member = matches(project, text);
    }
    if (context_.type == fhir::find_resource_type("User")) {
      const NodeIndex own = find(context_.resource, "project");
      member |= own != kNoNode && is_member(own, false);
    }
    return member;
  }

  // The compartment definitions. `others_only`: those that `meta.compartment` does not record.
  bool computed(bool others_only) {
    const fhir::TypeId patient = fhir::well_known().patient;
    bool member = false;
    if (has_definition(context_.type) && !(others_only && context_.type == patient)) {
      // A resource of the compartment's own type is in its own compartment.
      const NodeIndex id = find(context_.resource, "id");
      if (id != kNoNode && document_.is_string(id)) {
        member = matches(context_.type, document_.string(id, context_.scratch.text));
      } else {
        bad_ |= id != kNoNode;
      }
    }
    const auto by_type = [](const CompartmentPrograms& entry, fhir::TypeId type) {
      return entry.resource_type < type;
    };
    auto entry = std::lower_bound(clause_.compartments.begin(), clause_.compartments.end(),
                                  context_.type, by_type);
    for (; entry != clause_.compartments.end() && entry->resource_type == context_.type; ++entry) {
      if (others_only && entry->compartment == patient) {
        continue;
      }
      for (const ProgramPtr& program : entry->programs) {
        member |= references_member(*program, entry->compartment);
        if (context_.error || (member && !wide_)) {
          return member;
        }
      }
    }
    return member;
  }

  // Only references of the compartment's own type put a resource in it.
  bool references_member(const fhirpath::Program& program, fhir::TypeId compartment) {
    std::vector<fhirpath::Item>& items = context_.scratch.items;
    items.clear();
    bool malformed = false;
    context_.error =
        fhirpath::evaluate_search(program, document_, context_.resource, context_.limits,
                                  context_.scratch.fhirpath, items, malformed);
    bad_ |= malformed;
    if (context_.error) {
      return false;
    }
    for (const fhirpath::Item& item : items) {
      if (item.form != fhirpath::Item::Form::kNode || item.node == kNoNode ||
          item.type != fhir::well_known().reference) {
        continue;
      }
      const NodeIndex node = find(item.node, "reference");
      if (node != kNoNode && !document_.is_string(node)) {
        bad_ = true;
        continue;
      }
      const std::string_view text =
          node == kNoNode ? std::string_view() : document_.string(node, context_.scratch.text);
      const ReferenceParts parts = fhir::parse_reference(text, context_.criteria.base_url_views);
      if (parts.form == ReferenceParts::Form::kTypeId) {
        if (parts.type == compartment && matches(parts.type, parts.id)) {
          return true;
        }
        continue;
      }
      // Logical, contained, urn: in no compartment, but a negation must know what they are not.
      if (wide_ && (names_elsewhere(text) || may_be(item, text, compartment))) {
        return true;
      }
    }
    return false;
  }

  // Unresolved, or known to be of the compartment's type without saying which one.
  bool may_be(const fhirpath::Item& item, std::string_view text, fhir::TypeId compartment) {
    const bool by_text = !text.empty();
    fhirpath::Item target;
    if (!fhirpath::resolve(document_, context_.resource, item, context_.scratch.fhirpath.text,
                           target)) {
      bad_ = true;
      return false;
    }
    return !by_text && target.type == compartment;
  }

  bool names_elsewhere(std::string_view text) {
    std::string_view id;
    const fhir::TypeId type = fhirpath::type_of_reference_text(text, id);
    return type != fhir::TypeId::kNone && matches(type, id);
  }

  MatchContext& context_;
  const json::Document& document_;
  const Clause& clause_;
  bool wide_;
  NodeIndex meta_ = kNoNode;
  bool meta_is_malformed_ = false;
  bool bad_ = false;
};

}  // namespace

bool match_membership(MatchContext& context, const Clause& clause) {
  return Membership(context, clause).holds();
}

}  // namespace fhirwall::search
