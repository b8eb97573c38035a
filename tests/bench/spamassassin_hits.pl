# SPDX-License-Identifier: Apache-2.0
# Which tests of Debian's SpamAssassin hit each message of a list, local tests only, no learner:
#   perl spamassassin_hits.pl LIST OUTPUT
# The first line of OUTPUT are all tests that it has, then a line of JSON a message with its CPU time.
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;

my ($list, $output) = @ARGV;
my $filter = Mail::SpamAssassin->new({
    local_tests_only => 1,
    dont_copy_prefs => 1,
    userprefs_filename => '/dev/null',
    post_config_text => "use_bayes 0\n",
});
$filter->init(1);
my $json = JSON::PP->new->latin1->canonical;
open my $paths, '<', $list or die "$list: $!";
open my $out, '>:raw', $output or die "$output: $!";
while (my $path = <$paths>) {
    chomp $path;
    open my $file, '<:raw', $path or die "$path: $!";
    my $text = do { local $/; <$file> };
    close $file;
    my @before = times;
    my $mail = $filter->parse($text, 0);
    my $status = $filter->check($mail);
    my @after = times;
    my %names = map { s/\(.*//r =~ s/\s+//gr => 1 }
        split(/,/, $status->get_names_of_tests_hit),
        split(/,/, $status->get_names_of_subtests_hit('dbg') // '');
    delete $names{''};
    print $out $json->encode({
        path => $path,
        hits => [sort keys %names],
        cpu => $after[0] + $after[1] - $before[0] - $before[1],
    }), "\n";
    $status->finish;
    $mail->finish;
}
