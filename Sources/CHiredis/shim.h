// hiredis' protocol part: the reader of replies and the formatter of commands. Its sockets and its event loops are not used.
#include <hiredis/hiredis.h>
