// Option files (my.cnf): lines, quotes, escapes and comments as the programs read them, groups, and what is included.

#include <sealsql/text/option_file.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace sealsql;
using unit::contains;
using unit::error_of;
using unit::finding;
using unit::summary;

namespace {

Translation translate(std::string_view text) { return translate_option_file(text); }

/// A folder of its own, gone at the end.
class Folder {
public:
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "sealsql-XXXXXX").native();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path write(std::string_view name, std::string_view text) const
    {
        auto const file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << text;
        std::filesystem::permissions(file, std::filesystem::perms::owner_read |
                                               std::filesystem::perms::owner_write);
        return file;
    }
    [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).native(); }

private:
    std::filesystem::path path_;
};

} // namespace

TEST_CASE("option files that are accepted", "[text][option_file]")
{
    unit::check_accepted(
        {
            {"[client]\nhost=db.internal\nuser=app\npassword=pw\nssl-ca=/ca.pem\n",
             "app:pw@db.internal:3306/ identity /ca.pem"},
            {"[mysql]\nhost=h\nuser=u\ndatabase=d\n", "u@h:3306/d identity"},
            {"[client]\r\nhost=h\r\nuser=u\r\n", "u@h:3306/ identity"},
            {"# c\n; c\n\n  # c\n[client]\nhost=h\nuser=u", "u@h:3306/ identity"},
            {"[client]\n  host =  h  \n\tuser\t=\tu\t\n", "u@h:3306/ identity"},
            {"[client]\nhost=h\n[mysqld]\nport=1\nno-such=1\n[client]\nuser=u\n",
             "u@h:3306/ identity"},
            {"[client ]\nhost=h\nuser=u\n", "u@h:3306/ identity"},
            {"[CLIENT] # c\nhost=h\nuser=u\n", "u@h:3306/ identity"},
            {"[client]junk\nhost=h\nuser=u\n", "u@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"a#b\"\n", "u:a#b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword='a#b' # c\n", "u:a#b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=a#b\n", "u:a@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=a;b\n", "u:a;b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=a=b\n", "u:a=b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"a\\\"b\"\n", "u:a\"b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword='a\\'b'\n", "u:a'b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"a\\\\b\\q\\sx\\t\"\n",
             "u:a\\b\\q x\t@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"a\" b\"\n", "u:a\" b@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"a\" x\n", "u:\"a\" x@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=it's # c\n", "u:it's # c@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"\n", "u:\"@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"\"\n", "u@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=a\\\n", "u:a\\@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\n", "u@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword\n", "u@h:3306/ identity"},
            {"[client]\nhost=a\nuser=u\n[mysql]\nhost=b\n", "u@b:3306/ identity"},
            {"[mysql]\nhost=b\n[client]\nhost=a\nuser=u\n", "u@a:3306/ identity"},
            {"[client]\nhost=h\nuser=u\nssl_mode=VERIFY_CA\nssl_ca=c\n", "u@h:3306/ ca c"},
            {"[client]\nhost=h\nuser=u\nssl-mode=DISABLED\n", "u@h:3306/ plaintext"},
            {"[client]\nhost=::1\nuser=u\nport=3307\n", "u@::1:3307/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"p:a@s/s?w#rd&x=1%;\"q\"\n",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\ncompress\nskip-compress\n", "u@h:3306/ identity"},
            {"[client]\nuser=u\nsocket=/s.sock\n", "u@/s.sock/ plaintext"},
            {"[client]\nhost=localhost\nuser=u\nsocket=/s.sock\n", "u@/s.sock/ plaintext"},
            {"[client]\nhost=h\nuser=u\nsocket=/s.sock\n", "u@h:3306/ identity"},
            {"[client]\nuser=u\n", "u@localhost:3306/ identity"},
            {"[client]\nhost=h\nuser=u\nloose-no-such=1\nloose-ssl-ca=c\n", "u@h:3306/ identity c"},
            {"[client]\nhost=h\nuser=u\nskip-compress\ntable\nskip-auto-rehash\n",
             "u@h:3306/ identity"},
            {"[client]\nhost=h\nuser=u\npassword=\"\xC3\xA0\"\n", "u:\xC3\xA0@h:3306/ identity"},
            {"[client]\n", "@localhost:3306/ identity"},
        },
        translate);
}

TEST_CASE("option files that are refused", "[text][option_file]")
{
    unit::check_refused(
        {
            {"[client]\nhost=db\nS3cr3t\n", "an option that the program does not have, in line 3"},
            {"[client]\nhost=db\n-pS3cr3t\n", "in line 3"},
            {"[client]\nhost=db\nMYSQL_PWD S3cr3t\n", "in line 3"},
            {"[client]\npassword=S3cr3t\nssl-verify-server-cert\n", "mariadb has, and mysql"},
            {"[client]\nhost=db\nuser=app password=S3cr3t\n", "text alone"},
            {"password=S3cr3t\n[client]\n", "line 1 is an option before"},
            {"[client\npassword=S3cr3t\n", "has no ']'"},
            {"\xEF\xBB\xBF[client]\npassword=S3cr3t\n", "before the first group"},
            {"[ client]\npassword=S3cr3t\n", "no group"},
            {"[mysqld]\npassword=S3cr3t\n", "no group"},
            {"[client_shop]\npassword=S3cr3t\n", "no group"},
            {"# S3cr3t\n", "no group"},
            {"[client]\n=S3cr3t\n", "line 2 has a value and no name"},
            {"[client]\npassword=S3cr3t\nhots=h\n", "does not have"},
            {"[client]\nhots=h\npassword=S3cr3t\n", "'hots'"},
            {"[client]\nhost=h\nHOST=h\npassword=S3cr3t\n", "'HOST'"},
            {"[client]\npassword\nS3cr3t\n", "does not have"},
            {"[client]\npasswordS3cr3t\n", "does not have"},
            {"[client]\npassword: S3cr3t\n", "does not have"},
            {"[client]\npassword=S3cr3t\nssl-ca\n", "'ssl-ca'"},
            {"[client]\npassword=S3cr3t\nssl-ca=\n", "empty path"},
            {"[client]\npassword=S3cr3t\nssl-key=k\n", "no certificate"},
            {"[client]\npassword=S3cr3t\nssl-mode=on\n", "'ssl-mode'"},
            {"[client]\npassword=S3cr3t\nport=abc\n", "'port'"},
            {"[client]\npassword=S3cr3t\nport=\n", "'port'"},
            {"[client]\npassword=S3cr3t\nport=70000\n", "'port'"},
            {"[client]\npassword=S3cr3t\nhost=\"a b\"\n", "not one name"},
            {"[client]\npassword=S3cr3t\nhost='h\n", "not one name"},
            {"[client]\npassword=S3cr3t\ncompress\n", "cannot be honoured"},
            {"[client]\npassword=S3cr3t\ncompress=maybe\n", "neither true nor false"},
            {"[client]\npassword=S3cr3t\nskip-compress=1\n", "is skipped or enabled"},
            {"[client]\nskip-password=S3cr3t\n", "'password' is skipped or enabled"},
            // The last byte of à is a space in Latin-1.
            {"[client]\npassword=S3cr3t\xC3\xA0\n", "line 2 ends with a letter"},
            {"[client]\npassword=S3cr3t\xC3\xA0 # c\n", "line 2 ends with a letter"},
            {"[client]\npassword=S3cr3t\nlocal-infile=1\n", "cannot be honoured"},
            {"[client]\npassword=S3cr3t\nplugin-dir=/x\n", "cannot be honoured"},
            {"[client]\npassword=S3cr3t\nprotocol=pipe\n", "neither TCP nor SOCKET"},
            {"[client]\npassword=S3cr3t\ntls-version=SSLv3\n", "version of TLS"},
            {"[client]\npassword=S3cr3t\n!include /etc/x.cnf\n", "translate_option_file_at()"},
            {"[client]\npassword=S3cr3t\n!includedir /etc/x\n", "translate_option_file_at()"},
            {"[client]\npassword=S3cr3t\n!include\n", "does not name"},
            {"[client]\npassword=S3cr3t\n!includex\n", "is a directive that is none"},
            {"[client]\npassword=S3cr3t\nno-defaults=1\n", "can have none"},
        },
        translate);
    CHECK(contains(
        error_of([] { (void)translate("[client]\npassword=" + std::string(4096, 'x')); }).what(),
        "line 2 is longer"));
    // What follows in a comment is an option then.
    CHECK(contains(error_of([] { (void)translate("[client]\n#" + std::string(5000, 'x')); }).what(),
                   "line 2 is longer"));
}

TEST_CASE("whose groups count", "[text][option_file]")
{
    constexpr std::string_view text =
        "[client]\nuser=u\nhost=h\n[client-mariadb]\nssl-verify-server-cert\n"
        "[client_shop]\nhost=i\n[mysql]\ndatabase=d\n";
    CHECK(summary(translate_option_file(text).options) == "u@h:3306/d identity");
    CHECK(summary(translate_option_file(text, {.group_suffix = "_shop"}).options) ==
          "u@i:3306/d identity");
    auto const mariadb = translate_option_file(text, {.program = ClientProgram::mariadb});
    CHECK(mariadb.before == Protection{.uses_tls = true,
                                       .refuses_plaintext = true,
                                       .checks_chain = true,
                                       .checks_name = true});
    CHECK(mariadb.client == "mariadb 10.11");
    // Whichever stands later counts, whatever the groups.
    auto const files = [](std::string_view lines) {
        return summary(translate_option_file(lines, {.program = ClientProgram::mariadb}).options);
    };
    CHECK(files("[client]\nhost=h\nskip-ssl\n[mysql]\nssl-ca=c\n") == "@h:3306/ identity c");
    CHECK(files("[mysql]\nhost=h\nssl-ca=c\n[client]\nskip-ssl\n") == "@h:3306/ plaintext");
    CHECK(contains(error_of([] { (void)translate_option_file("[client-mariadb]\nssl\n"); }).what(),
                   "no group"));
}

TEST_CASE("a password that a comment cuts", "[text][option_file]")
{
    auto const cut = translate("[client]\nhost=h\nuser=u\npassword=secret#part\n");
    CHECK(finding(cut, "password").severity == FindingSeverity::warning);
    CHECK_FALSE(contains(to_text(cut), "part\n"));
    CHECK(to_text(translate("[client]\nhost=h\nuser=u\npassword=secret # a comment\n"))
              .find("warning") == std::string::npos);
}

TEST_CASE("what is included", "[text][option_file]")
{
    Folder const folder;
    folder.write("inc.cnf", "[client]\nhost=inc\n[mysql]\ndatabase=d\n");
    folder.write("d/b.cnf", "[client]\nuser=b\n");
    folder.write("d/a.cnf", "[client]\nuser=a\n");
    folder.write("d/c.txt", "bad");
    auto const file = [&](std::string const& text) { return folder.write("my.cnf", text); };
    auto const translated = [&](std::string const& text) {
        return summary(translate_option_file_at(file(text)).options);
    };
    CHECK(translated("[client]\nuser=u\n!include " + folder.path("inc.cnf") + "\n") ==
          "u@inc:3306/d identity");
    // The group goes on behind the line, and what comes later counts.
    CHECK(translated("[client]\nuser=u\n! include " + folder.path("inc.cnf") + " # c\nhost=h\n") ==
          "u@h:3306/d identity");
    // In the order of the names.
    CHECK(translated("[client]\nhost=h\n!includedir " + folder.path("d") + "\n") ==
          "b@h:3306/ identity");

    folder.write("hidden/.cnf", "[client]\nuser=hidden\n");
    CHECK(translated("[client]\nhost=h\n!includedir " + folder.path("hidden")) ==
          "hidden@h:3306/ identity");
    // mariadb knows no comment behind the path, and wants the line to end.
    auto const refused_by_mariadb = [&](std::string const& text) {
        return std::string{error_of([&] {
                               (void)translate_option_file_at(file(text),
                                                              {.program = ClientProgram::mariadb});
                           }).what()};
    };
    CHECK(contains(refused_by_mariadb("[client]\n!include " + folder.path("inc.cnf") + " # c\n"),
                   "inc.cnf # c'"));
    CHECK(contains(refused_by_mariadb("[client]\n!include " + folder.path("inc.cnf")),
                   "line 2 has no end"));

    auto const refused = [&](std::string const& text) {
        return std::string{error_of([&] { (void)translate_option_file_at(file(text)); }).what()};
    };
    CHECK(contains(refused("[client]\n!include " + folder.path("none.cnf")), "none.cnf"));
    CHECK(contains(refused("[client]\n!includedir " + folder.path("none")), "none"));
    CHECK(contains(refused("[client]\n!include " + folder.path("d")), "is a directory"));
    CHECK(contains(refused("[client]\n!include " + folder.path("my.cnf")), "10 deep"));
    CHECK(contains(refused("[client]\n!include /dev/zero"), "no regular file"));
    folder.write("outside.cnf", "host=h\n[client]\nuser=u\n");
    CHECK(contains(refused("[client]\n!include " + folder.path("outside.cnf")),
                   "before the first group"));
    folder.write("big.cnf", std::string(70'000, '#'));
    CHECK(contains(refused("[client]\n!include " + folder.path("big.cnf")), "too large"));
    // 64 KiB are for all of them together.
    std::string lines;
    for (int i = 0; i < 20; ++i)
        lines += std::string(2000, '#') + "\n";
    folder.write("half.cnf", lines);
    std::string const half = "!include " + folder.path("half.cnf") + "\n";
    CHECK(contains(refused("[client]\n" + half + half), "too large"));

    auto const open = folder.write("open.cnf", "[client]\nuser=u\n");
    std::filesystem::permissions(open, std::filesystem::perms::all);
    CHECK(contains(error_of([&] { (void)translate_option_file_at(open); }).what(), "by everybody"));
    for (int i = 0; i < 101; ++i)
        folder.write("many/" + std::to_string(i) + ".cnf", "");
    CHECK(contains(refused("[client]\n!includedir " + folder.path("many")), "100 files"));
}
