// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"
#include "filters/finding_types.hpp"
#include "filters/yaml.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace filters {
namespace {
using mail::Action;

/// Reads a condition without recursion into prefix order.
class ConditionReader {
public:
    explicit ConditionReader(Complaints& complaints) : complaints_{complaints} { }

    Condition read(const Yaml& when)
    {
        tasks_.push_back({when});
        while (!tasks_.empty()) {
            const Task task = tasks_.back();
            tasks_.pop_back();
            if (task.closes)
                nodes_[*task.closes].size = nodes_.size() - *task.closes;
            else if (nodes_.size() >= Condition::most_nodes)
                return refuse(when, "a condition has at most 64 parts");
            else
                open(task.place);
        }
        return {std::move(nodes_)};
    }

private:
    struct Task {
        Yaml place;
        std::optional<std::size_t> closes = {};
    };

    Condition refuse(const Yaml& place, std::string text)
    {
        complaints_.push_back(place.complain(std::move(text)));
        return {};
    }
    void open(const Yaml& place)
    {
        if (place.is_scalar())
            return fact(place);
        if (place.is_list())
            return group(Condition::Kind::all, place, place.items());
        const auto entries = place.entries();
        if (entries.size() != 1)
            return complain(place, "expected a finding, a list of them, or any, all or not");
        const auto& [key, value] = entries.front();
        constexpr std::array<std::string_view, 3> words{"any", "all", "not"};
        constexpr std::array kinds{Condition::Kind::any, Condition::Kind::all,
                                   Condition::Kind::none};
        const auto word = std::find(words.begin(), words.end(), key.text());
        if (word == words.end())
            return complain(key, "\"" + key.text() + "\" is none of any, all, not",
                            did_you_mean(key.text(), words));
        group(kinds[static_cast<std::size_t>(word - words.begin())], value,
              value.is_list() ? value.items() : std::vector{value});
    }
    void group(Condition::Kind kind, const Yaml& place, const std::vector<Yaml>& items)
    {
        if (items.empty() || !place)
            return complain(place, "an empty condition");
        tasks_.push_back({{}, nodes_.size()});
        nodes_.push_back({.kind = kind});
        for (auto item = items.rbegin(); item != items.rend(); ++item)
            tasks_.push_back({*item});
    }
    void fact(const Yaml& place)
    {
        const std::string& text = place.text();
        const auto bracket = text.find('(');
        const bool has_glob = bracket != std::string::npos && text.ends_with(')');
        Condition::Node node{.name = text.substr(0, has_glob ? bracket : text.size())};
        if (has_glob)
            node.glob = text.substr(bracket + 1, text.size() - bracket - 2);
        if (!finding_type(node.name))
            return complain(place, "nothing finds \"" + node.name + "\"",
                            did_you_mean(node.name, finding_names()));
        if (has_glob && node.glob.empty())
            return complain(place, "\"()\" matches nothing; leave it out or write (*)");
        node.bit = name_bit(node.name);
        nodes_.push_back(std::move(node));
    }
    void complain(const Yaml& place, std::string text, std::string hint = {})
    {
        complaints_.push_back(place.complain(std::move(text), std::move(hint)));
    }

    Complaints& complaints_;
    std::vector<Task> tasks_;
    std::vector<Condition::Node> nodes_;
};

/// A condition as people read it: "spf.fail, dkim.none", "any: a.b, not: c.d".
std::string condition_text(const Condition& condition)
{
    std::string text;
    for (std::size_t at = 0; at < condition.nodes.size(); ++at) {
        const auto& node = condition.nodes[at];
        const bool is_fact = node.kind == Condition::Kind::fact;
        if (node.kind == Condition::Kind::any || node.kind == Condition::Kind::none) {
            text += text.empty() || text.ends_with(' ') ? "" : ", ";
            text += node.kind == Condition::Kind::any ? "any: " : "not: ";
        }
        if (is_fact) {
            text += text.empty() || text.ends_with(' ') ? "" : ", ";
            text += node.name + (node.glob.empty() ? "" : "(" + node.glob + ")");
        }
    }
    return text;
}

class PolicyReader {
public:
    explicit PolicyReader(Complaints& complaints) : complaints_{complaints} { }

    PolicySet read(const Yaml& root)
    {
        PolicySet set;
        set.standard.name = "default";
        YamlMap map{root, complaints_};
        set.layers = layers(map.find("layers"), map.has("layers"));
        policy(map, set.standard, {});
        const Yaml domains = map.find("domains");
        if (domains && !domains.is_map())
            complain(domains, "\"domains\" must be a map from domain to what differs there");
        for (const auto& [key, value] : domains.entries())
            domain(key, value, set);
        map.finish();
        return set;
    }

private:
    std::vector<std::string> layers(const Yaml& list, bool is_written)
    {
        std::vector<std::string> names;
        std::vector<std::string_view> known;
        for (const auto* type : layer_types())
            if (!type->is_listener_layer)
                known.push_back(type->name);
        if (!is_written)
            return {known.begin(), known.end()};
        if (list && !list.is_list())
            complain(list, "\"layers\" must be a list");
        for (const auto& item : list.items()) {
            const auto type
                = std::find_if(layer_types().begin(), layer_types().end(),
                               [&](const LayerType* layer) { return layer->name == item.text(); });
            if (type == layer_types().end())
                complain(item, "no layer is called \"" + item.text() + "\"",
                         did_you_mean(item.text(), known));
            else if ((*type)->is_listener_layer)
                complain(item,
                         "\"" + item.text()
                             + "\" always runs; it is set in mailweir.yaml, not here");
            else if (std::find(names.begin(), names.end(), item.text()) != names.end())
                complain(item, "\"" + item.text() + "\" is named twice");
            else
                names.push_back(item.text());
        }
        return names;
    }

    /// A domain starts as a copy of the standard; its own rules come before the standard's.
    void domain(const Yaml& key, const Yaml& value, PolicySet& set)
    {
        const auto name = mail::Domain::parse(key.text());
        if (!name)
            return complain(key, "\"" + key.text() + "\" is no domain: " + name.error().text);
        if (set.domains.contains(name->ascii()))
            return complain(key, "the domain is named twice");
        Policy own = set.standard;
        own.name = name->ascii();
        own.rules.clear();
        YamlMap map{value, complaints_};
        if (map.find("layers"))
            map.complain("layers", "\"layers\" holds for all domains; name it once at the top");
        policy(map, own, set.standard.rules);
        map.finish();
        set.domains.emplace(name->ascii(), std::move(own));
    }

    void policy(YamlMap& map, Policy& policy, const std::vector<Rule>& inherited)
    {
        const Yaml rules = map.find("rules");
        if (rules && !rules.is_list())
            complain(rules, "\"rules\" must be a list");
        for (const auto& item : rules.items())
            if (auto one = rule(item))
                policy.rules.push_back(std::move(*one));
        policy.rules.insert(policy.rules.end(), inherited.begin(), inherited.end());
        points(map.find("points"), policy);
        constexpr std::array actions{Action::reject, Action::discard};
        policy.block_action = actions[map.choice("block", {"reject", "discard"},
                                                 policy.block_action == Action::discard ? 1 : 0)];
        policy.mode
            = map.choice("mode", {"enforce", "observe"}, policy.mode == Mode::observe ? 1 : 0) == 1
            ? Mode::observe
            : Mode::enforce;
        tag(map.find("tag"), policy);
    }

    void tag(const Yaml& place, Policy& policy)
    {
        YamlMap map{place, complaints_};
        policy.tag_subject = map.text("subject", policy.tag_subject);
        map.finish();
        const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
        if (std::any_of(policy.tag_subject.begin(), policy.tag_subject.end(), is_control))
            map.complain("subject", "the tag must be one line without control characters");
        else if (policy.tag_subject.size() > 100)
            map.complain("subject", "the tag is longer than 100 octets");
    }

    void points(const Yaml& place, Policy& policy)
    {
        YamlMap map{place, complaints_};
        threshold(map, "tag", policy.tag);
        threshold(map, "quarantine", policy.quarantine);
        threshold(map, "block", policy.block);
        map.finish();
        const auto beyond = [](const std::optional<double>& a, const std::optional<double>& b) {
            return a && b && *a >= *b;
        };
        if (beyond(policy.tag, policy.quarantine) || beyond(policy.tag, policy.block)
            || beyond(policy.quarantine, policy.block))
            complaints_.push_back(
                place.complain("thresholds must rise: tag below quarantine below block"));
    }
    void threshold(YamlMap& map, std::string_view key, std::optional<double>& value)
    {
        const Yaml place = map.find(key);
        if (!place)
            return;
        const auto number = parse_real(place.text());
        if (place.is_scalar() && place.text() == "off")
            value.reset();
        else if (number && *number > 0 && *number <= 1000)
            value = number;
        else
            complain(place, "a threshold is a number above 0, up to 1000, or off");
    }

    std::optional<Rule> rule(const Yaml& item)
    {
        const std::size_t before = complaints_.size();
        YamlMap map{item, complaints_};
        if (!item.is_map() || (!item.has("when") && complaints_.size() == before)) {
            if (complaints_.size() == before)
                complain(item, "a rule needs \"when\" and one of \"then\" and \"add\"");
            return {};
        }
        Rule rule;
        rule.when = ConditionReader{complaints_}.read(map.find("when"));
        rule.where = item.file() + ":" + std::to_string(item.line());
        rule.text = condition_text(rule.when);
        const Yaml then = map.find("then"), add = map.find("add"), points = map.find("points");
        map.finish();
        if (points)
            least_points(points, static_cast<bool>(then), rule);
        if (static_cast<bool>(then) == static_cast<bool>(add))
            complain(item, "a rule has one of \"then\" and \"add\"");
        else if (then)
            action(then, rule);
        else
            contribution(add, rule);
        if (complaints_.size() != before)
            return {};
        return rule;
    }

    void least_points(const Yaml& points, bool acts, Rule& rule)
    {
        rule.from_points = parse_real(points.text());
        if (!acts || !points.is_scalar() || !rule.from_points
            || std::fabs(*rule.from_points) > 1000)
            return complain(points, "\"points\" is a number, in a rule with \"then\"");
        rule.text += " from " + real_text(*rule.from_points) + " points";
    }

    void action(const Yaml& then, Rule& rule)
    {
        constexpr std::array<std::string_view, 7> words{"allow",   "deliver", "tag",   "quarantine",
                                                        "discard", "defer",   "reject"};
        const auto parsed = mail::parse_action(then.text());
        rule.is_allow = then.text() == "allow" || parsed == Action::deliver;
        if (then.is_scalar() && parsed && !rule.is_allow)
            rule.then = parsed;
        else if (!then.is_scalar() || !rule.is_allow)
            complain(then,
                     "\"then\" must be an action: allow, tag, quarantine, discard, defer "
                     "or reject",
                     did_you_mean(then.text(), words));
        else if (const auto name = only_fact(rule);
                 finding_type(name) && finding_type(name)->is_overriding)
            complain(then, "nobody may let \"" + std::string{name} + "\" through");
    }
    static std::string_view only_fact(const Rule& rule)
    {
        return rule.when.nodes.size() == 1 ? rule.when.nodes.front().name : std::string_view{};
    }

    void contribution(const Yaml& add, Rule& rule)
    {
        std::string_view text = add.text();
        rule.is_weighted = text.starts_with("weight");
        if (rule.is_weighted)
            text = text == "weight" ? "1" : text.starts_with("weight*") ? text.substr(7) : "";
        const auto number = parse_real(text);
        if (add.is_scalar() && number && std::fabs(*number) <= 1000)
            rule.add = *number;
        else
            complain(add,
                     "\"add\" must be a number of points, or weight*2 where the finding "
                     "carries a weight");
    }

    void complain(const Yaml& place, std::string text, std::string hint = {})
    {
        complaints_.push_back(place.complain(std::move(text), std::move(hint)));
    }
    Complaints& complaints_;
};
}

std::expected<PolicySet, Complaints> parse_policy(const std::string& yaml, const std::string& file)
{
    const auto root = Yaml::parse(yaml, file);
    if (!root)
        return std::unexpected{root.error()};
    Complaints complaints;
    PolicySet set = PolicyReader{complaints}.read(*root);
    if (!complaints.empty())
        return std::unexpected{std::move(complaints)};
    set.source = yaml;
    return set;
}
}
