// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/words.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
std::string_view next_word(std::string_view text, std::string_view& rest)
{
    constexpr std::string_view blanks = " \t";
    const auto start = std::min(text.find_first_not_of(blanks), text.size());
    const auto end = std::min(text.find_first_of(blanks, start), text.size());
    const auto word = text.substr(start, end - start);
    rest = text.substr(std::min(text.find_first_not_of(blanks, end), text.size()));
    return word;
}

std::vector<std::string_view> words(std::string_view text)
{
    std::vector<std::string_view> found;
    while (!text.empty())
        if (const auto word = next_word(text, text); !word.empty())
            found.push_back(word);
    return found;
}

std::string with_line_feeds(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n')
            out += text[i];
    return out;
}

bool is_test_name(std::string_view name)
{
    return !name.empty() && name.size() <= 200 && !mail::is_digit(name.front())
        && std::ranges::all_of(name, [](char c) { return mail::is_alphanumeric(c) || c == '_'; });
}

bool matches_glob(std::string_view text, std::string_view glob)
{
    std::size_t at = 0, in_glob = 0;
    auto star = std::string_view::npos;
    std::size_t behind_star = 0;
    while (at < text.size()) {
        if (in_glob < glob.size() && glob[in_glob] == '*') {
            star = in_glob++;
            behind_star = at;
        } else if (in_glob < glob.size()
                   && (glob[in_glob] == '?'
                       || mail::to_lower(glob[in_glob]) == mail::to_lower(text[at]))) {
            ++in_glob;
            ++at;
        } else if (star != std::string_view::npos) {
            in_glob = star + 1;
            at = ++behind_star;
        } else
            return false;
    }
    return std::ranges::all_of(glob.substr(in_glob), [](char c) { return c == '*'; });
}

std::string_view network_settings()
{
    return "def_welcomelist_auth def_whitelist_auth welcomelist_auth whitelist_auth "
           "unwelcomelist_auth unwhitelist_auth def_welcomelist_from_dkim def_whitelist_from_dkim "
           "welcomelist_from_dkim whitelist_from_dkim def_welcomelist_from_spf "
           "def_whitelist_from_spf welcomelist_from_spf whitelist_from_spf adsp_override "
           "uridnsbl urirhsbl uridnssub urirhssub urinsrhsbl urinsrhssub urifullnsrhsbl "
           "urifullnsrhssub uridnsbl_skip_domain uridnsbl_max_domains askdns dns_block_rule "
           "dns_available dns_server dns_options dns_local_ports_avoid dns_local_ports_permit "
           "dns_local_ports_none dns_query_restriction rbl_timeout skip_rbl_checks "
           "skip_uribl_checks use_bayes use_bayes_rules bayes_auto_learn "
           "bayes_auto_learn_threshold_nonspam bayes_auto_learn_threshold_spam "
           "bayes_ignore_header bayes_ignore_from bayes_ignore_to bayes_stopword_languages "
           "bayes_stopword_bg bayes_stopword_cs bayes_stopword_da bayes_stopword_de "
           "bayes_stopword_dk bayes_stopword_en bayes_stopword_es bayes_stopword_fi "
           "bayes_stopword_fr bayes_stopword_gr bayes_stopword_hu bayes_stopword_it "
           "bayes_stopword_nl bayes_stopword_no bayes_stopword_pl bayes_stopword_pt "
           "bayes_stopword_ru bayes_stopword_se bayes_stopword_tr use_razor2 use_pyzor use_dcc "
           "use_auto_welcomelist use_auto_whitelist url_shortener url_shortener_get "
           "fns_ignore_headers fns_ignore_dkim fns_check fns_add_addrlist ok_languages "
           "hashbl_acl_freemail loadplugin tryplugin lock_method shortcircuit";
}

bool is_network_function(std::string_view name)
{
    static constexpr std::array<std::string_view, 17> beginnings{
        "check_rbl",         "check_uridnsbl", "check_dkim",         "check_for_spf",
        "check_for_def_spf", "check_for_dkim", "check_for_def_dkim", "check_dmarc",
        "check_arc",         "check_bayes",    "check_razor2",       "check_pyzor",
        "check_dcc",         "check_hashbl",   "check_dns_sender",   "check_senders_reputation",
        "short_url"};
    static constexpr std::array<std::string_view, 3> names{
        "check_from_in_auto_welcomelist", "check_from_in_auto_whitelist", "check_shortcircuit"};
    return std::ranges::any_of(beginnings, [&](auto start) { return name.starts_with(start); })
        || std::ranges::find(names, name) != names.end();
}
}
