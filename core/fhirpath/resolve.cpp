#include "core/fhirpath/resolve.hpp"

#include "core/fhir/reference.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

constexpr std::string_view kHistory = "/_history/";

enum class Search : std::uint8_t { kFound, kMissing, kOutOfSteps };

Search find_contained(const Document& document, NodeIndex resource, std::string_view id,
                      std::uint64_t& steps, NodeIndex& found) {
  const NodeIndex contained = document.find(resource, "contained");
  if (id.empty() || contained == kNoNode || !document.is_array(contained)) {
    return Search::kMissing;
  }
  for (NodeIndex i = Document::first_child(contained), end = document[contained].next; i != end;
       i = document[i].next) {
    if (steps == 0) {
      return Search::kOutOfSteps;
    }
    --steps;
    const NodeIndex own = document.find(i, "id");
    if (own != kNoNode && document.is_string(own) && document.string_is(own, id)) {
      if (found != kNoNode) {
        found = kNoNode;  // which of the two is meant, nobody can tell
        return Search::kMissing;
      }
      found = i;
    }
  }
  return found != kNoNode ? Search::kFound : Search::kMissing;
}

// The type that an object says it is; kNone when it is no resource.
fhir::TypeId resource_type(const Document& document, NodeIndex node, std::string& scratch) {
  const NodeIndex type = document.find(node, "resourceType");
  return type != kNoNode && document.is_string(type)
             ? fhir::find_resource_type(document.string(type, scratch))
             : fhir::TypeId::kNone;
}

// The same during an evaluation.
fhir::TypeId resource_type(Machine& machine, const Document& document, NodeIndex node) {
  const NodeIndex type = machine.find(document, node, "resourceType");
  return type != kNoNode && document.is_string(type)
             ? fhir::find_resource_type(document.string(type, machine.scratch().text))
             : fhir::TypeId::kNone;
}

// `Type/id/_history/v` without the version.
std::string_view without_version(std::string_view text, std::string_view& version) {
  const std::size_t history = text.rfind(kHistory);
  version = history == std::string_view::npos ? "" : text.substr(history + kHistory.size());
  return text.substr(0, history);
}

// One call of resolve() on one item.
class Resolver {
 public:
  Resolver(Machine& machine, const Item& reference)
      : machine_(machine),
        // A computed text has no place of its own: that of the focus is meant.
        at_(reference.is_node() ? reference : machine.root()),
        document_(machine.document(at_)) {}

  [[nodiscard]] bool run(std::string_view text, Item& out, bool& found) {
    NodeIndex target = kNoNode;
    if (text.starts_with('#') || !machine_.input().local_references) {
      Enclosing enclosing;
      if (!find_enclosing(machine_, at_, enclosing) ||
          !(text.starts_with('#') ? find_fragment(enclosing, text.substr(1), target)
                                  : find_entry(enclosing, text, target))) {
        return false;
      }
    }
    found = true;
    if (target != kNoNode) {
      out = {};
      out.node = target;
      out.document = at_.document;
      if (!machine_.input().untyped) {
        out.type = resource_type(machine_, document_, target);
        found = out.type != fhir::TypeId::kNone;
      }
      return true;
    }
    out = {};
    out.form = Item::Form::kStub;
    out.type = type_elsewhere(text);
    found = out.type != fhir::TypeId::kNone;
    return true;
  }

 private:
  // SPEC 6.2. A canonical reference may end with `|version`.
  [[nodiscard]] fhir::TypeId type_elsewhere(std::string_view text) const {
    text = text.substr(0, text.find('|'));
    if (machine_.input().local_references) {
      return fhir::parse_reference(text, machine_.input().base_urls).type;
    }
    std::string_view id;
    return type_of_reference_text(text, id);
  }

  bool find_fragment(const Enclosing& enclosing, std::string_view id, NodeIndex& target) {
    const NodeIndex container = enclosing.container == kNoNode ? 0 : enclosing.container;
    if (id.empty()) {
      target = container;
      return true;
    }
    return find_contained(document_, container, id, machine_.steps_left(), target) !=
               Search::kOutOfSteps ||
           machine_.spend();
  }

  // A string member's text, valid until the next evaluation; empty for none.
  bool text_of(NodeIndex object, std::string_view key, std::string_view& text) {
    const NodeIndex node = object == kNoNode ? kNoNode : machine_.find(document_, object, key);
    text = {};
    if (node == kNoNode || !document_.is_string(node)) {
      return true;
    }
    text = document_.raw_string(node);
    if (document_[node].escaped) {
      const auto kept = machine_.keep(document_.string(node, machine_.scratch().text));
      if (!kept) {
        return false;
      }
      text = *kept;
    }
    return true;
  }

  // Resolving references in Bundles (FHIR R4, section 2.36.4.1). A relative reference is completed
  // by the base of the fullUrl beside the resource that it is in. Where there is no such base, and
  // for entries without fullUrl, the type and id of the resource are compared. Several answers are
  // none.
  bool find_entry(const Enclosing& enclosing, std::string_view text, NodeIndex& target) {
    if (enclosing.bundle == kNoNode) {
      return true;
    }
    using Form = fhir::ReferenceParts::Form;
    const fhir::ReferenceParts parts = fhir::parse_reference(text);
    const bool relative = parts.form == Form::kTypeId;
    if (!relative && parts.form != Form::kAbsolute && parts.form != Form::kUrn) {
      return true;
    }
    std::string_view version;
    const std::string_view plain = without_version(text, version);
    std::string_view base;
    if (relative && !base_of(enclosing.entry, base)) {
      return false;
    }
    const NodeIndex entries = machine_.find(document_, enclosing.bundle, "entry");
    for (NodeIndex i = Document::first_child(entries), end = document_[entries].next; i != end;
         i = document_[i].next) {
      std::string_view url;
      if (!machine_.spend() || !text_of(i, "fullUrl", url)) {
        return false;
      }
      const NodeIndex resource = machine_.find(document_, i, "resource");
      const bool same = relative && (base.empty() || url.empty())
                            ? is_resource(resource, parts)
                            : url.size() == base.size() + plain.size() && url.starts_with(base) &&
                                  url.ends_with(plain);
      if (resource == kNoNode || !same || !has_version(resource, version)) {
        continue;
      }
      if (target != kNoNode) {
        target = kNoNode;
        return true;
      }
      target = resource;
    }
    return true;
  }

  // `http://server/fhir/` of the fullUrl `http://server/fhir/Type/id`; empty for any other.
  bool base_of(NodeIndex entry, std::string_view& base) {
    std::string_view url;
    if (!text_of(entry, "fullUrl", url)) {
      return false;
    }
    std::string_view id;
    const fhir::TypeId type = type_of_reference_text(url, id);
    const std::string_view name =
        type == fhir::TypeId::kNone ? std::string_view{} : fhir::type_name(type);
    base = name.empty() ? name : url.substr(0, url.size() - id.size() - 1 - name.size());
    return true;
  }

  bool is_resource(NodeIndex resource, const fhir::ReferenceParts& parts) {
    const NodeIndex id = resource == kNoNode ? kNoNode : machine_.find(document_, resource, "id");
    return id != kNoNode && document_.is_string(id) && document_.string_is(id, parts.id) &&
           resource_type(machine_, document_, resource) == parts.type;
  }

  bool has_version(NodeIndex resource, std::string_view version) {
    if (version.empty()) {
      return true;
    }
    const NodeIndex id =
        machine_.find(document_, machine_.find(document_, resource, "meta"), "versionId");
    return id != kNoNode && document_.is_string(id) && document_.string_is(id, version);
  }

  Machine& machine_;
  Item at_;
  const Document& document_;
};

}  // namespace

fhir::TypeId type_of_reference_text(std::string_view text, std::string_view& id) {
  if (const std::size_t history = text.rfind(kHistory); history != std::string_view::npos) {
    if (!fhir::is_valid_id(text.substr(history + kHistory.size()))) {
      return fhir::TypeId::kNone;
    }
    text = text.substr(0, history);
  }
  const std::size_t last = text.rfind('/');
  if (last == std::string_view::npos || !fhir::is_valid_id(text.substr(last + 1))) {
    return fhir::TypeId::kNone;
  }
  id = text.substr(last + 1);
  text = text.substr(0, last);
  const std::size_t before = text.rfind('/');
  return fhir::find_resource_type(before == std::string_view::npos ? text
                                                                   : text.substr(before + 1));
}

bool resolve(const Document& document, NodeIndex resource, const Item& reference,
             std::string& scratch, Item& out) {
  if (reference.form != Item::Form::kNode || reference.node == kNoNode) {
    return false;
  }
  NodeIndex text_node = reference.node;
  if (document.is_object(reference.node)) {
    text_node = document.find(reference.node, "reference");
  }
  out = {};
  out.form = Item::Form::kStub;
  if (text_node != kNoNode) {
    if (!document.is_string(text_node)) {
      return false;
    }
    const std::string_view text = document.string(text_node, scratch);
    if (text.starts_with('#')) {
      // `text` may live in `scratch`, which is overwritten only after the last use of the id.
      std::uint64_t steps = document.size();
      out = {};
      if (find_contained(document, resource, text.substr(1), steps, out.node) != Search::kFound) {
        return false;
      }
      out.type = resource_type(document, out.node, scratch);
      return out.type != fhir::TypeId::kNone;
    }
    std::string_view id;
    out.type = type_of_reference_text(text, id);
    return out.type != fhir::TypeId::kNone;
  }
  const NodeIndex type = document.find(reference.node, "type");
  if (type == kNoNode || !document.is_string(type)) {
    return false;
  }
  out.type = fhir::find_resource_type(document.string(type, scratch));
  return out.type != fhir::TypeId::kNone;
}

bool find_enclosing(Machine& machine, const Item& node, Enclosing& out) {
  const Document& data = machine.document(node);
  const NodeIndex target = node.node != kNoNode ? node.node : node.sibling;
  out = {};
  if (machine.input().untyped || target == kNoNode) {
    return true;
  }
  // Down from the root. What is in `contained` has the container of its container. Inside a
  // resource only an element of a resource type is another, whatever members an object has.
  NodeIndex at = 0;
  NodeIndex bundle = kNoNode;   // the Bundle in whose entries we are
  NodeIndex entries = kNoNode;  // their array
  NodeIndex entry = kNoNode;
  bool contained = false;
  const fhir::WellKnown& known = fhir::well_known();
  fhir::TypeId expected = fhir::TypeId::kNone;  // of `at` or its items; kNone: not in a resource
  while (true) {
    const bool anything = expected == fhir::TypeId::kNone;
    const fhir::TypeId type =
        data.is_object(at) && (anything || fhir::is_a(expected, known.resource))
            ? resource_type(machine, data, at)
            : fhir::TypeId::kNone;
    if (type != fhir::TypeId::kNone) {
      out.resource = at;
      if (!contained) {
        out = {.resource = at, .container = at, .entry = entry, .bundle = bundle};
      }
    }
    if (at == target) {
      return true;
    }
    NodeIndex child = Document::first_child(at);
    while (data[child].next <= target) {
      if (!machine.spend()) {
        return false;
      }
      child = data[child].next;
    }
    expected = type != fhir::TypeId::kNone ? type : expected;
    if (expected != fhir::TypeId::kNone && data.is_object(at)) {
      const fhir::Child element = fhir::find_child(expected, data.key(child));
      expected = element.element == nullptr || element.sibling ? known.element : element.type;
    }
    if (type != fhir::TypeId::kNone && data.key(child) == "contained") {
      contained = true;
    } else if (type == known.bundle && !contained && data.key(child) == "entry" &&
               data.is_array(child)) {
      bundle = at;
      entries = child;
    } else if (at == entries) {
      entry = child;
    }
    at = child;
  }
}

bool resolve(Machine& machine, const Item& reference, Item& out, bool& found) {
  found = false;
  if (reference.form == Item::Form::kString) {
    return Resolver(machine, reference).run(reference.text(), out, found);
  }
  if (!reference.is_node() || reference.node == kNoNode) {
    return true;
  }
  const fhir::WellKnown& known = fhir::well_known();
  const Document& data = machine.document(reference);
  if (machine.program().dialect == Dialect::kSearch) {
    found = resolve(data, machine.root().node, reference, machine.scratch().text, out);
    return true;
  }
  NodeIndex node = reference.node;
  if (data.is_object(node)) {
    if (reference.type != fhir::TypeId::kNone && !fhir::is_a(reference.type, known.reference)) {
      return true;
    }
    node = machine.find(data, node, "reference");
    if (node == kNoNode) {
      found = resolve(data, 0, reference, machine.scratch().text, out);  // by Reference.type
      return true;
    }
  } else if (reference.type != fhir::TypeId::kNone && reference.type != known.string &&
             !fhir::is_a(reference.type, known.uri)) {
    return true;
  }
  if (!data.is_string(node)) {
    return true;
  }
  std::string_view text = data.raw_string(node);
  if (data[node].escaped) {
    const auto kept = machine.keep(data.string(node, machine.scratch().text));
    if (!kept) {
      return false;
    }
    text = *kept;
  }
  return Resolver(machine, reference).run(text, out, found);
}

}  // namespace fhirwall::fhirpath
