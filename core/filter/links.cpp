#include "core/filter/links.hpp"

#include "core/fhir/reference.hpp"

namespace fhirwall::filter {

using json::Document;
using json::NodeIndex;

std::string link_name(std::string_view reference) {
  const fhir::ReferenceParts parts = fhir::parse_reference(reference);
  if (parts.form == fhir::ReferenceParts::Form::kTypeId) {
    std::string name(fhir::type_name(parts.type));
    name += '/';
    name += parts.id;
    return name;
  }
  const std::size_t version = reference.find("/_history/");
  return std::string(reference.substr(0, version));
}

void entry_names(const Document& document, NodeIndex resource, NodeIndex full_url,
                 std::vector<std::string>& names) {
  names.clear();
  std::string scratch;
  const NodeIndex type = document.find(resource, "resourceType");
  const NodeIndex id = document.find(resource, "id");
  if (type != json::kNoNode && id != json::kNoNode && document.is_string(type) &&
      document.is_string(id)) {
    std::string name(document.string(type, scratch));
    name += '/';
    std::string id_scratch;
    name += document.string(id, id_scratch);
    names.push_back(std::move(name));
  }
  if (full_url != json::kNoNode && document.is_string(full_url)) {
    names.push_back(link_name(document.string(full_url, scratch)));
  }
}

void kept_references(const Document& document, const redact::Redactor& redactor,
                     std::vector<std::string>& names) {
  names.clear();
  std::string scratch;
  redactor.for_each_kept([&](NodeIndex node) {
    if (document.key(node) == "reference" && document.is_string(node)) {
      names.push_back(link_name(document.string(node, scratch)));
    }
  });
}

void LinkGraph::clear() {
  names_.clear();
  links_.clear();
  entries_.clear();
}

std::uint32_t LinkGraph::intern(std::string_view name) {
  const std::uint32_t index = names_.add(name);
  if (index == links_.size()) {
    links_.emplace_back();
  }
  return index;
}

void LinkGraph::add(bool released, const std::vector<std::string>& names,
                    const std::vector<std::string>& references) {
  const auto number = static_cast<std::uint32_t>(entries_.size());
  Entry& entry = entries_.emplace_back();
  entry.released = released;
  for (const std::string& name : names) {
    const std::uint32_t index = intern(name);
    entry.names.push_back(index);
    links_[index].carriers.push_back(number);
  }
  for (const std::string& name : references) {
    const std::uint32_t index = intern(name);
    entry.references.push_back(index);
    links_[index].referrers.push_back(number);
  }
}

void LinkGraph::settle() {
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].released) {
      open.push_back(i);
    }
  }
  const auto release = [&](std::vector<std::uint32_t>& waiting) {
    for (const std::uint32_t number : waiting) {
      if (!entries_[number].released) {
        entries_[number].released = true;
        open.push_back(number);
      }
    }
    waiting.clear();  // all of them are released now: nobody needs to look again
  };
  while (!open.empty()) {
    const std::uint32_t number = open.back();
    open.pop_back();
    for (const std::uint32_t name : entries_[number].references) {
      release(links_[name].carriers);
    }
    for (const std::uint32_t name : entries_[number].names) {
      release(links_[name].referrers);
    }
  }
}

}  // namespace fhirwall::filter
