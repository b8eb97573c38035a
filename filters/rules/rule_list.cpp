// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/rule_list.hpp"

#include "filters/feeds/feed_files.hpp"
#include "filters/layer.hpp"
#include "filters/rules/installed_rules.hpp"
#include "filters/rules/rule_set.hpp"

#include <algorithm>

namespace filters {
namespace {
using LayerSettings = std::map<std::string, Yaml, std::less<>>;

Settings settings_of(std::string_view layer, const LayerSettings& all)
{
    const auto type = std::ranges::find(layer_types(), layer, &LayerType::name);
    const auto given = all.find(layer);
    return Settings::read(layer, (*type)->settings, given == all.end() ? Yaml{} : given->second,
                          std::make_shared<Complaints>());
}

void list_words(const LayerSettings& all, std::vector<ListedRule>& list)
{
    for (const auto& item : settings_of("words", all).items("rules")) {
        ListedRule rule;
        rule.name = item.text("name");
        rule.layer = "words";
        rule.kind = item.text("where");
        rule.describe = item.text(item.has("text") ? "text" : "pattern");
        if (rule.name.empty())
            rule.name = rule.describe.substr(0, 60);
        rule.source = item.where("where");
        if (item.has("points"))
            rule.score = item.real("points");
        else
            rule.kind += ": " + item.text("then");
        list.push_back(std::move(rule));
    }
}

void list_tests(const LayerSettings& all, Services& services, std::vector<ListedRule>& list)
{
    const auto settings = settings_of("rules", all);
    rulebook::InstalledRules installed;
    installed.has_own = settings.boolean("own");
    installed.has_spamassassin = settings.boolean("spamassassin");
    installed.folders = feeds::files_of(settings, "folders", services);
    auto book = rulebook::read_installed(installed);
    std::map<std::string, std::string, std::less<>> places;
    for (const auto& rule : book.rules)
        if (rule.place.file < book.files.size())
            places[rule.name] = book.files[rule.place.file] + ":" + std::to_string(rule.place.line);
    const rulebook::RuleSet set{book, {}};
    for (const auto& test : set.tests())
        if (test.is_reported)
            list.push_back({.name = test.name,
                            .layer = "rules",
                            .source = places[test.name],
                            .kind = std::string{rulebook::to_string(test.kind)},
                            .describe = test.description,
                            .japanese = test.japanese,
                            .score = test.score * settings.real("scale")});
}
}

std::vector<ListedRule> list_rules(const LayerSettings& settings, Services& services)
{
    std::vector<ListedRule> list;
    list_words(settings, list);
    list_tests(settings, services, list);
    return list;
}
}
