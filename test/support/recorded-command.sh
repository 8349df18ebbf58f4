#!/bin/sh
# Stands in for a command of another system under that command's name: prints what was recorded of it. An empty
# recording is a command that fails, none is one that is not there.
name=$(basename "$0")
last=
for last in "$@"; do :; done
case "$name" in
  powershell.exe)
    case "$last" in
      *Win32_PageFileUsage*) key=page-files ;;
      *Win32_logicaldisk*) key=logical-disks ;;
      *Get-NetAdapterStatistics*) key=adapter-statistics ;;
      *Win32_NetworkAdapter*) key=adapters ;;
      *Win32_Process*) key=processes ;;
      *) key=unknown ;;
    esac
    ;;
  sysctl | netstat | ifconfig) key="$name-${last#-}" ;;
  *) key="$name" ;;
esac
echo "$key" >>"$RECORDED_CALLS"
for folder in "$RECORDED_FIRST" "$RECORDED"; do
  file="$folder/$key.txt"
  [ -e "$file" ] || continue
  [ -s "$file" ] || exit 1
  if [ "$RECORDED_LINE_END" = crlf ]; then awk '{ printf "%s\r\n", $0 }' "$file"; else cat "$file"; fi
  exit 0
done
exit 1
