// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/document.hpp"
#include "filters/content/features.hpp"
#include "filters/content/file_type.hpp"
#include "filters/content/fingerprint.hpp"
#include "filters/content/html.hpp"
#include "filters/content/oddity.hpp"
#include "filters/content/received_report.hpp"
#include "filters/content/url.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace filters {
namespace content {
using Sha256 = std::array<std::uint8_t, 32>;

/// A leaf part, or a file inside of an archive or document.
struct File {
    std::string path; ///< "1.2"; in archives with the entry's name: "1.2/setup.exe"
    std::string filename; ///< UTF-8; "" none
    std::vector<std::string> other_filenames; ///< what other programs take for its name
    std::string declared; ///< "application/pdf"; "" for archive entries
    FileType type;
    std::size_t size = 0; ///< decoded octets
    Sha256 sha256{};
    unsigned depth = 0; ///< of archives around it
    bool is_attachment = false; ///< shown as a file, not as text of the message
    bool is_encrypted = false, is_disguised = false, is_alternative = false;
    bool has_macros = false, has_auto_macros = false, has_script = false,
         has_external_template = false, has_embedded_files = false;
    std::uint32_t width = 0, height = 0;
    std::uint64_t perceptual_hash = 0;
};

/// A text of the message as people read it: a text part that is no attachment.
struct Body {
    std::string path, type, charset;
    std::string raw; ///< decoded octets as UTF-8, HTML with its tags
    std::string visible; ///< what is read; of plain text the same as raw
    std::string hidden; ///< of HTML: what is there, but not seen
    std::string tags; ///< of HTML
    Html::Counts counts;
    bool is_guessed_charset = false, is_alternative = false;
};

struct Link {
    enum class Source { text, html, picture_code, document } source = Source::text;
    HtmlLink::Kind kind = HtmlLink::Kind::anchor;
    std::string written = {}; ///< as it stands
    std::string text = {}; ///< the anchor's text
    Url url = {};
    bool is_hidden = false;
};
}

/// What analysis found in a message: bounded, typed, without I/O. Made in the sandbox.
struct Content {
    std::string subject, from_name; ///< decoded, UTF-8
    std::vector<content::Body> bodies;
    std::vector<content::File> files; ///< every leaf part, texts included, then archives' entries
    std::vector<content::Link> links; ///< each target with each text once
    content::Oddities oddities;
    /// Of a message that programs read differently: the octets of each leaf part in each reading,
    /// decoded, each once; for scanners that have a reading of their own.
    std::vector<std::vector<char>> readings;
    bool is_readings_cut = false; ///< some are not there: over `limits.reading_bytes`
    std::string raw_body; ///< the body as plain bytes, at most 2 MiB, for patterns on it
    bool is_raw_body_cut = false;
    /// For people: what is read, then a line for each attachment; at most 16 KiB, no control
    /// characters but line ends.
    std::string preview;
    content::Features features; ///< by the content half of the layer `classifier`
    std::vector<content::Fingerprint> fingerprints; ///< by that of the layer `fingerprint`
    std::vector<content::ReceivedReport> reports; ///< by that of the layer `reports`
    bool is_unscannable() const; ///< some oddity says so
};
}
