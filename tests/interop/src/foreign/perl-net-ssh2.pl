# perl-net-ssh2.pl put|get file HOST PORT USER KEY FROM TO: one transfer by Net::SSH2, which is libssh2.
use strict;
use warnings;
use Net::SSH2;

my ($direction, $kind, $host, $port, $user, $key, $source, $target) = @ARGV;
my $ssh = Net::SSH2->new();
$ssh->connect($host, $port) or die "connect: " . $ssh->error;
$ssh->auth_publickey($user, "$key.pub", $key) or die "auth: " . $ssh->error;
my $done = $direction eq "put" ? $ssh->scp_put($source, $target) : $ssh->scp_get($source, $target);
$done or die "scp: " . $ssh->error . "\n";
$ssh->disconnect();
