// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/parser.hpp"

#include "filters/rules/conditions.hpp"
#include "filters/rules/formula.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
/// Up to the first "#" that no backslash escapes; escaped ones lose the backslash.
std::string without_comment(std::string_view source)
{
    std::string text;
    for (std::size_t i = 0; i < source.size(); ++i) {
        const bool is_escaped = i > 0 && source[i - 1] == '\\';
        if (source[i] == '#' && !is_escaped)
            break;
        if (source[i] == '#')
            text.pop_back();
        text += source[i];
    }
    return std::string{mail::trimmed(text)};
}

unsigned characters_before(std::string_view line, std::size_t octets)
{
    return static_cast<unsigned>(std::ranges::count_if(line.substr(0, octets), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}
}

std::string_view to_string(Kind kind)
{
    constexpr std::array<std::string_view, 9> names{"header",     "body", "rawbody", "uri",  "full",
                                                    "mimeheader", "meta", "eval",    "empty"};
    return names[static_cast<std::size_t>(kind)];
}

const Traits& RuleBook::traits_of(const std::string& name) const
{
    static const Traits none;
    const auto found = traits.find(name);
    return found == traits.end() ? none : found->second;
}

void Parser::read(std::string_view text, std::string name)
{
    book_.files.push_back(std::move(name));
    line_ = 0;
    is_ended_ = false;
    conditions_.clear();
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (text.size() > BookLimits::file) {
        broken({}, {}, "the file is longer than 16 MiB: the rest is not read");
        text = text.substr(0, BookLimits::file);
    }
    while (!text.empty() && !is_ended_) {
        const auto end = std::min(text.find('\n'), text.size());
        ++line_;
        take_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!conditions_.empty() && !is_ended_) {
        line_ = conditions_.back().line;
        broken({}, {}, "\"if\" without \"endif\"");
    }
}

void Parser::take_line(std::string_view source)
{
    while (source.ends_with('\r'))
        source.remove_suffix(1);
    Line line;
    line.source = source;
    if (source.size() > BookLimits::line) {
        line.source = source.substr(0, 200);
        return broken(line, {}, "the line is longer than 64 KiB");
    }
    line.text = without_comment(source);
    line.word = next_word(line.text, line.rest);
    if (line.word.empty() || is_about_conditions(line))
        return;
    if (std::ranges::all_of(conditions_, &Condition::is_true))
        dispatch(line);
    else
        note_left_out(line);
}

/// A test of a plug-in that is not here. What "if can(...)" leaves out is there in another form.
void Parser::note_left_out(const Line& line)
{
    const auto outer = std::ranges::find(conditions_, false, &Condition::is_true);
    const auto found = readers().find(line.word);
    static constexpr std::array<std::string_view, 6> kinds{"header", "body", "rawbody",
                                                           "uri",    "full", "mimeheader"};
    if (outer == conditions_.end() || !outer->is_plugin || found == readers().end()
        || std::ranges::find(kinds, line.word) == kinds.end())
        return;
    std::string_view rest;
    const std::string name{next_word(line.rest, rest)};
    remark(line, Remark::Severity::unsupported, name, name + ": its plug-in is not here", name);
}

bool Parser::is_about_conditions(const Line& line)
{
    const bool is_plugin = line.word == "ifplugin";
    // "if(version…" has no blank behind the word.
    if (is_plugin || line.word == "if" || line.word.starts_with("if(")
        || line.word.starts_with("if!")) {
        const bool is_reached = std::ranges::all_of(conditions_, &Condition::is_true);
        const std::string condition
            = is_plugin ? "plugin(" + std::string{line.rest} + ")" : line.text.substr(2);
        conditions_.push_back(
            {is_reached && evaluate(line, condition), is_reached, line_, is_plugin});
    } else if (line.word == "else" || line.word == "endif") {
        if (conditions_.empty())
            broken(line, line.word, "\"" + std::string{line.word} + "\" without \"if\"");
        else if (line.word == "endif")
            conditions_.pop_back();
        else
            conditions_.back().is_true
                = conditions_.back().is_reached && !conditions_.back().is_true;
    } else
        return false;
    return true;
}

bool Parser::evaluate(const Line& line, std::string_view condition)
{
    std::string unknown;
    const auto formula
        = Formula::parse(condition, [&](std::string_view name, std::string_view argument) {
              Formula::Operand value;
              if (name == "plugin")
                  value.number = has_plugin(argument);
              else if (name == "can" || name == "has")
                  value.number
                      = has_ability(argument) || compatibilities_.contains(std::string{argument});
              else if (name == "version")
                  value.number = claimed_version;
              else if (name == "perl_version")
                  value.number = claimed_perl_version;
              else if (name == "local_tests_only")
                  value.number = 1;
              else
                  unknown = name;
              return value;
          });
    if (!formula)
        broken(line, line.rest.substr(std::min(formula.error().offset, line.rest.size())),
               formula.error().text);
    else if (!unknown.empty())
        broken(line, unknown, "\"" + unknown + "\" means nothing in a condition");
    return formula && unknown.empty() && formula->evaluate(std::span<const double>{}) != 0;
}

void Parser::dispatch(Line& line)
{
    if (line.word == "lang") {
        line.language = next_word(line.rest, line.rest);
        line.word = next_word(line.rest, line.rest);
        if (line.word != "describe" && line.word != "score" && !line.word.starts_with("ok_"))
            return remark(line, Remark::Severity::unsupported, line.word,
                          "of one language only \"describe\" and \"score\" are read");
    }
    const auto found = readers().find(line.word);
    if (found == readers().end())
        remark(line, Remark::Severity::unsupported, line.word,
               "the setting \"" + std::string{line.word} + "\" is not known here");
    else
        (this->*found->second)(line);
}

void Parser::remark(const Line& line, Remark::Severity severity, std::string_view at,
                    std::string text, std::string name)
{
    // What is broken refuses a configuration, however much else there is to say.
    if (severity != Remark::Severity::broken && book_.remarks.size() >= BookLimits::remarks)
        return;
    Remark made;
    made.severity = severity;
    made.name = name.empty() ? std::string{line.word} : std::move(name);
    made.complaint.file = book_.files.back();
    made.complaint.line = static_cast<int>(line_);
    made.complaint.column = 1;
    if (const auto found = at.empty() ? 0 : line.source.find(at); found != std::string_view::npos)
        made.complaint.column = static_cast<int>(characters_before(line.source, found) + 1);
    made.complaint.text = std::move(text);
    mail::append_utf8(made.complaint.source_line, line.source);
    book_.remarks.push_back(std::move(made));
}

void Parser::broken(const Line& line, std::string_view at, std::string text)
{
    remark(line, Remark::Severity::broken, at, std::move(text));
}

void Parser::add_readers(Readers& all, std::string_view names, Reader reader)
{
    while (!names.empty())
        if (const auto name = next_word(names, names); !name.empty())
            all.emplace(name, reader);
}

void Parser::add_setting_readers(Readers& all)
{
    add_readers(all,
                "welcomelist_from whitelist_from blocklist_from blacklist_from welcomelist_to "
                "whitelist_to blocklist_to blacklist_to more_spam_to all_spam_to "
                "welcomelist_subject whitelist_subject blocklist_subject blacklist_subject",
                &Parser::address_list);
    add_readers(all, "unwelcomelist_from unwhitelist_from unblocklist_from unblacklist_from",
                &Parser::address_removal);
    add_readers(all,
                "welcomelist_from_rcvd whitelist_from_rcvd def_welcomelist_from_rcvd "
                "def_whitelist_from_rcvd welcomelist_allows_relays whitelist_allows_relays",
                &Parser::received_list);
    add_readers(all,
                "enlist_uri_host delist_uri_host welcomelist_uri_host whitelist_uri_host "
                "blocklist_uri_host blacklist_uri_host",
                &Parser::host_list);
    add_readers(all,
                "freemail_domains freemail_whitelist freemail_welcomelist ok_locales "
                "welcomelist_bounce_relays whitelist_bounce_relays",
                &Parser::word_list);
    add_readers(all,
                "freemail_import_whitelist_auth freemail_max_body_emails "
                "freemail_max_body_freemails freemail_skip_when_over_max util_rb_tld "
                "util_rb_2tld util_rb_3tld normalize_charset body_part_scan_size "
                "rawbody_part_scan_size",
                &Parser::fixed_here);
    add_readers(all,
                "report unsafe_report report_safe report_contact report_hostname "
                "clear_report_template clear_unsafe_report_template add_header remove_header "
                "clear_headers rewrite_header subjprefix required_score test reuse version_tag "
                "url_shortener_user_agent redirector_pattern fold_headers "
                "report_safe_copy_headers report_charset",
                &Parser::without_effect);
    add_readers(all,
                "internal_networks trusted_networks msa_networks originating_ip_headers "
                "envelope_sender_header clear_internal_networks clear_trusted_networks "
                "clear_msa_networks clear_originating_ip_headers",
                &Parser::known_by_gateway);
    add_readers(all, network_settings(), &Parser::elsewhere);
}

const Parser::Readers& Parser::readers()
{
    static const auto table = [] {
        Readers all{
            {"header", &Parser::header},
            {"body", &Parser::body},
            {"rawbody", &Parser::rawbody},
            {"uri", &Parser::uri},
            {"full", &Parser::full},
            {"mimeheader", &Parser::mimeheader},
            {"meta", &Parser::meta},
            {"score", &Parser::score},
            {"describe", &Parser::describe},
            {"tflags", &Parser::tflags},
            {"priority", &Parser::priority},
            {"replace_rules", &Parser::replace_rules},
            {"enlist_addrlist", &Parser::named_addresses},
            {"clear_util_rb", &Parser::clear_domains},
            {"enable_compat", &Parser::compatibility},
            {"require_version", &Parser::version},
            {"include", &Parser::refused},
        };
        add_readers(all, "replace_start replace_end", &Parser::replace_delimiter);
        add_readers(all, "replace_tag replace_pre replace_inter replace_post",
                    &Parser::replace_table);
        add_setting_readers(all);
        return all;
    }();
    return table;
}
}
