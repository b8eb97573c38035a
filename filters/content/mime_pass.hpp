// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/decoded_containers.hpp"
#include "filters/content/part_header.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// One reading of a message: a walk over its lines, then over those of encoded messages in it.
class MimePass {
public:
    MimePass(Choices reading, const Limits& limits, DecodedContainers& decoded)
        : reading_{reading}, limits_{limits}, decoded_{decoded}
    { }
    void read(std::string_view message);

    std::vector<Part> parts;
    Oddities oddities;
    Choices doubts = 0; ///< met on the way

private:
    /// A container whose end has not come yet.
    struct Frame {
        std::optional<std::size_t> part
            = {}; ///< its index in `parts`; none for a decoded body's own
        std::string boundary = {}; ///< "" not known
        std::string path = {}; ///< of its children, without their number
        unsigned children = 0;
        bool is_multipart = false;
        bool is_digest = false;
        bool is_closed = false;
    };
    /// A text to walk over: the message, or what an encoded container decodes to.
    struct Text {
        std::string_view bytes;
        std::string path = {}; ///< of the part that holds it
        std::size_t depth = 0;
        bool is_alternative = false;
        std::optional<std::string> boundary = {}; ///< set: it is the body of a multipart
    };
    struct Line {
        std::string_view bytes; ///< with its line end
        std::string_view text; ///< without
        std::size_t start = 0;
        std::size_t end() const { return start + bytes.size(); }
    };
    /// What is to be done about a part's encoding once its end is known.
    struct Encoded {
        std::size_t part = 0; ///< its index in `parts`
        Encoding encoding = Encoding::none;
        bool is_alternative = false;
        bool is_container = false;
        std::optional<std::string> boundary = {};
    };
    struct Uuencoded {
        std::size_t start = 0;
        std::string name;
        bool has_data = false;
    };
    enum class Place { header, leaf, between };

    void walk(const Text& text);
    Line line_at(std::size_t at) const;
    void body_line(const Line& line);
    void start_header(std::size_t at, std::string_view default_type);
    void header_line(const Line& line);
    void end_header(std::size_t end, std::size_t body);
    bool opens_container(PartHeader& header, std::string_view path);
    void open_container(PartHeader& header, std::size_t body);
    void open_leaf(const PartHeader& header);
    void end_leaf(std::size_t end);
    void end_containers(std::size_t first, std::size_t end);
    bool is_at_boundary(const Line& line);
    bool matches(const Frame& frame, std::string_view text, bool& is_end);
    bool guesses(std::string_view text);
    void next_part(std::size_t frame, const Line& line, bool is_end);
    void watch_uuencode(const Line& line);
    void end_uuencode(std::size_t end);
    void note_encodings(const PartHeader& header, bool is_open);
    void decode_containers();
    void enqueue(const Encoded& encoded);
    std::string child_path(bool is_multipart);
    void odd(std::string_view name, std::string_view path, std::string_view detail,
             bool is_unscannable = false);

    Choices reading_;
    const Limits& limits_;
    DecodedContainers& decoded_;
    std::deque<Text> queue_;

    const Text* text_ = nullptr;
    std::vector<Frame> frames_;
    Place place_ = Place::between;
    std::string_view default_type_;
    std::size_t header_start_ = 0;
    bool header_has_line_ = false;
    std::optional<std::size_t> leaf_; ///< the open leaf's index in `parts`
    bool watches_uuencode_ = false;
    std::optional<Uuencoded> uuencoded_;
    std::vector<Encoded> encoded_;
};
}
