#include "core/redact/plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/sort.hpp"
#include "core/redact/closure.hpp"
#include "core/redact/marks.hpp"
#include "core/redact/server_meta.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::ElementPath;
using fhir::PathStep;
using fhir::TypeId;

// What is left of a path behind a node of the trie.
struct Suffix {
  const ElementPath* path = nullptr;
  std::size_t at = 0;

  [[nodiscard]] bool done() const { return at == path->size(); }
  [[nodiscard]] const PathStep& step() const { return (*path)[at]; }
  [[nodiscard]] Suffix behind() const { return {path, at + 1}; }
  friend auto operator<=>(const Suffix&, const Suffix&) = default;
};
using Suffixes = std::vector<Suffix>;

// Builds the trie from the top. Steps match by element name, since after a choice the same name
// belongs to different elements of several types. A node is the set of path remainders that start
// there, so equal sets from equal types are one node: without that, a path through nested choices
// would grow exponentially.
class Builder {
 public:
  // `masked`: the paths among those of the suffixes that leave a mask.
  Builder(std::vector<TrieNode>& nodes, std::span<const ElementPath> masked)
      : nodes_(nodes), masked_(masked) {}

  // Recursion is as deep as the longest path: at most 32 steps.
  std::uint32_t build(TypeId type, Suffixes suffixes) {
    sort_items(suffixes);
    suffixes.erase(std::unique(suffixes.begin(), suffixes.end()), suffixes.end());
    if (std::any_of(suffixes.begin(), suffixes.end(), [](const Suffix& s) { return s.done(); })) {
      suffixes.clear();  // the whole value goes: nothing below matters
      const auto [entry, inserted] = known_.try_emplace({TypeId::kNone, suffixes}, next_index());
      if (inserted) {
        nodes_.emplace_back().cut = true;
      }
      return entry->second;
    }
    const TypeId owner = object_type(type);
    const auto [entry, inserted] = known_.try_emplace({owner, suffixes}, next_index());
    const std::uint32_t index = entry->second;
    if (!inserted) {
      return index;
    }
    nodes_.emplace_back();
    std::vector<const Element*> elements;
    for (const Suffix& suffix : suffixes) {
      const Element* element = fhir::find_element(owner, suffix.step().element->name);
      if (element != nullptr &&
          std::find(elements.begin(), elements.end(), element) == elements.end()) {
        elements.push_back(element);
      }
    }
    for (const Element* element : elements) {
      add_edges(index, element, suffixes);
    }
    return index;
  }

 private:
  [[nodiscard]] std::uint32_t next_index() const {
    return static_cast<std::uint32_t>(nodes_.size());
  }

  void add_edges(std::uint32_t index, const Element* element, const Suffixes& suffixes) {
    bool every_choice = false;
    for (const TypeId type : element->types) {
      Suffixes general;
      Suffixes by_url;
      for (const Suffix& suffix : suffixes) {
        const PathStep& step = suffix.step();
        if (step.element->name != element->name ||
            (element->choice && step.choice != TypeId::kNone && step.choice != type)) {
          continue;
        }
        every_choice = every_choice || (element->choice && step.choice == TypeId::kNone);
        if (step.extension_url.empty()) {
          general.push_back(suffix.behind());
        } else {
          by_url.push_back(suffix);
        }
      }
      Edge edge;
      edge.element = element;
      edge.type = type;
      if (!general.empty()) {
        edge.node = build(type, general);
      }
      add_urls(edge, general, by_url);
      if (std::any_of(general.begin(), general.end(),
                      [&](const Suffix& suffix) { return suffix.done() && masks(*suffix.path); })) {
        add_mask(nodes_[index].masks, *element, type);
      }
      if (edge.node != kNoTrie || !edge.urls.empty()) {
        nodes_[index].edges.push_back(std::move(edge));
      }
    }
    if (every_choice) {
      nodes_[index].any_choice.push_back(element);
    }
  }

  void add_urls(Edge& edge, const Suffixes& general, const Suffixes& by_url) {
    for (const Suffix& suffix : by_url) {
      const std::string& url = suffix.step().extension_url;
      if (std::any_of(edge.urls.begin(), edge.urls.end(),
                      [&](const UrlBranch& branch) { return branch.url == url; })) {
        continue;
      }
      Suffixes both = general;
      for (const Suffix& other : by_url) {
        if (other.step().extension_url == url) {
          both.push_back(other.behind());
        }
      }
      edge.urls.push_back({url, build(edge.type, std::move(both))});
    }
  }

  [[nodiscard]] bool masks(const ElementPath& path) const {
    return !masked_.empty() && &path >= masked_.data() && &path < masked_.data() + masked_.size() &&
           can_mask(path);
  }

  std::vector<TrieNode>& nodes_;
  std::span<const ElementPath> masked_;
  std::map<std::pair<TypeId, Suffixes>, std::uint32_t> known_;
};

// `meta` of the resource itself and of every resource that it contains.
void add_server_meta(TypeId type, std::vector<ElementPath>& paths) {
  const auto add = [&](std::initializer_list<const Element*> prefix) {
    if (std::find(prefix.begin(), prefix.end(), nullptr) != prefix.end()) {
      return;
    }
    for (const std::string_view name : kServerMeta) {
      const Element* part = fhir::find_element(fhir::well_known().meta, name);
      if (part == nullptr) {
        continue;
      }
      ElementPath& path = paths.emplace_back();
      for (const Element* element : prefix) {
        path.emplace_back().element = element;
      }
      path.emplace_back().element = part;
    }
  };
  add({fhir::find_element(type, "meta")});
  add({fhir::find_element(type, "contained"),
       fhir::find_element(fhir::well_known().resource, "meta")});
}

}  // namespace

std::shared_ptr<const Plan> make_plan(TypeId type, std::span<const ElementPath> hidden,
                                      const PlanOptions& options) {
  auto plan = std::make_shared<Plan>();
  plan->type = type;
  plan->elements.assign(hidden.begin(), hidden.end());
  plan->hides = !hidden.empty();
  plan->cut_unknown = plan->hides && !options.keep_unknown_elements;
  plan->cut_narratives = plan->hides && options.closure_strict;
  plan->mark = options.mark;
  plan->puts_in = options.mark != Mark::kNone || options.absent == Absent::kMask;
  plan->reaches_into_resources =
      std::any_of(hidden.begin(), hidden.end(), [](const ElementPath& path) {
        return std::any_of(path.begin(), path.end() - 1, [](const PathStep& step) {
          return is_resource(step.element->types.front());
        });
      });

  std::vector<ElementPath> paths(hidden.begin(), hidden.end());
  if (plan->cut_narratives) {
    for (ElementPath& path : closure_paths(type, hidden)) {
      paths.push_back(std::move(path));
    }
    for (const ElementPath& path : narrative_paths(type)) {
      plan->paths.push_back(path_text(path));
    }
  }
  for (const ElementPath& path : paths) {
    plan->paths.push_back(path_text(path));
  }
  sort_items(plan->paths);
  plan->paths.erase(std::unique(plan->paths.begin(), plan->paths.end()), plan->paths.end());
  if (plan->hides && !plan->cut_unknown) {
    plan->holders = resource_holders(type);
    if (plan->cut_narratives) {
      const std::vector<TypeId> narratives = narrative_holders(type);
      plan->holders.insert(plan->holders.end(), narratives.begin(), narratives.end());
      sort_items(plan->holders);
    }
  }

  if (!options.extended_meta) {
    add_server_meta(type, paths);
  }
  Suffixes suffixes;
  for (const ElementPath& path : paths) {
    suffixes.push_back({&path, 0});
  }
  if (suffixes.empty()) {
    plan->nodes.emplace_back();
  } else {
    const std::size_t masked = options.absent == Absent::kMask ? hidden.size() : 0;
    Builder(plan->nodes, std::span(paths).first(masked)).build(type, std::move(suffixes));
  }
  return plan;
}

std::span<const ElementPath> hidden_elements(const Plan& plan) { return plan.elements; }

std::shared_ptr<const Plan> merge_plans(TypeId type, std::span<const Plan* const> plans,
                                        const PlanOptions& options) {
  std::vector<ElementPath> all;
  for (const Plan* plan : plans) {
    if (plan != nullptr) {
      all.insert(all.end(), plan->elements.begin(), plan->elements.end());
    }
  }
  return make_plan(type, all, options);
}

bool hides_anything(const Plan& plan) { return plan.hides; }

fhir::TypeId resource_type(const Plan& plan) { return plan.type; }

const std::vector<std::string>& hidden_paths(const Plan& plan) { return plan.paths; }

}  // namespace fhirwall::redact
