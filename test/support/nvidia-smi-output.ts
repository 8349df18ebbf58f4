/** Small output of nvidia-smi, made by hand: every kind of value, and each fault that a value can have. */

export const xml = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">
<nvidia_smi_log>
	<driver_version>600.10</driver_version>
	<cuda_version>13.9</cuda_version>
	<attached_gpus>1</attached_gpus>
	<gpu id="00000000:3B:00.0">
		<product_name>NVIDIA Example &amp; Co</product_name>
		<mig_mode>
			<current_mig>Disabled</current_mig>
		</mig_mode>
		<mig_devices>
			None
		</mig_devices>
		<serial>[Unknown Error]</serial>
		<uuid>GPU-11111111-2222-3333-4444-555555555555</uuid>
		<pci>
			<pci_bus_id>00000000:3B:00.0</pci_bus_id>
			<pci_gpu_link_info>
				<pcie_gen>
					<max_link_gen>5</max_link_gen>
					<current_link_gen>1</current_link_gen>
				</pcie_gen>
				<link_widths>
					<max_link_width>16x</max_link_width>
					<current_link_width>8x</current_link_width>
				</link_widths>
			</pci_gpu_link_info>
			<replay_counter>3</replay_counter>
			<tx_util>830 KB/s</tx_util>
			<rx_util>[N/A]</rx_util>
		</pci>
		<fan_speed>105 %</fan_speed>
		<performance_state>P8</performance_state>
		<clocks_event_reasons>
			<clocks_event_reason_gpu_idle>Active</clocks_event_reason_gpu_idle>
			<clocks_event_reason_sw_power_cap>Active</clocks_event_reason_sw_power_cap>
			<clocks_event_reason_hw_slowdown>Not Active</clocks_event_reason_hw_slowdown>
		</clocks_event_reasons>
		<clocks_event_reasons_counters>
			<clocks_event_reasons_counters_sw_power_cap>1500000 us</clocks_event_reasons_counters_sw_power_cap>
			<clocks_event_reasons_counters_hw_power_brake>0 us</clocks_event_reasons_counters_hw_power_brake>
		</clocks_event_reasons_counters>
		<fb_memory_usage>
			<total>24564 MiB</total>
			<reserved>500 MiB</reserved>
			<used>9223372036854775794 MiB</used>
			<free>2 GiB</free>
		</fb_memory_usage>
		<utilization>
			<gpu_util>57 %</gpu_util>
			<memory_util>ERR!</memory_util>
			<encoder_util>Requested functionality has been deprecated</encoder_util>
			<decoder_util>101 %</decoder_util>
			<jpeg_util>7 furlongs</jpeg_util>
			<ofa_util>[Insufficient Permissions]</ofa_util>
		</utilization>
		<ecc_errors>
			<volatile>
				<sram_correctable>1</sram_correctable>
				<sram_uncorrectable_parity>2</sram_uncorrectable_parity>
				<sram_uncorrectable_secded>4</sram_uncorrectable_secded>
				<dram_correctable>N/A</dram_correctable>
				<dram_uncorrectable>8</dram_uncorrectable>
			</volatile>
		</ecc_errors>
		<remapped_rows>
			<remapped_row_corr>1</remapped_row_corr>
			<remapped_row_unc>0</remapped_row_unc>
			<remapped_row_pending>Yes</remapped_row_pending>
			<remapped_row_failure>No</remapped_row_failure>
		</remapped_rows>
		<temperature>
			<gpu_temp>38 C</gpu_temp>
			<gpu_temp_tlimit>-2 C</gpu_temp_tlimit>
			<memory_temp>100 F</memory_temp>
		</temperature>
		<gpu_power_readings>
			<average_power_draw>26,78 W</average_power_draw>
			<instant_power_draw>8.44 W</instant_power_draw>
			<current_power_limit>70000 mW</current_power_limit>
		</gpu_power_readings>
		<clocks>
			<graphics_clock>1.98 GHz</graphics_clock>
			<sm_clock>1,980 MHz</sm_clock>
			<mem_clock>Unknown Error</mem_clock>
		</clocks>
		<processes>
			<process_info>
				<pid>42</pid>
				<type>C</type>
				<process_name>/usr/bin/python3 render.py --token=s3cret</process_name>
				<used_memory>100 MiB</used_memory>
			</process_info>
			<process_info>
				<pid>42</pid>
				<type>G</type>
				<process_name>/usr/bin/python3 render.py --token=s3cret</process_name>
				<used_memory>20 MiB</used_memory>
			</process_info>
			<process_info>
				<pid>43</pid>
				<process_name>a<b</process_name>
				<used_memory>N/A</used_memory>
			</process_info>
		</processes>
	</gpu>
</nvidia_smi_log>
`

export const text = `
==============NVSMI LOG==============

Timestamp                                 : Wed Jan 22 04:28:41 2025
Driver Version                            : 600.10
CUDA Version                              : 13.9

Attached GPUs                             : 2
GPU 00000000:06:00.0
    Product Name                          : NVIDIA Example
    MIG Mode
        Current                           : Enabled
        Pending                           : Enabled
    MIG Device
        Index                             : 0
        GPU Instance ID                   : 2
        Compute Instance ID               : 1
        Shared FB Memory Usage
            Total                         : 40448 MiB
            Used                          : 26 MiB
    GPU UUID                              : GPU-a
    PCI
        Bus Id                            : 00000000:06:00.0
        Tx Throughput                     : 9139 KB/s
        Rx Throughput                     : 1 MB/s
    Clocks Event Reasons
        HW Slowdown                       : Active
            HW Thermal Slowdown           : Active
            HW Power Brake Slowdown       : Not Active
        SW Thermal Slowdown               : Not Active
    Clocks Event Reasons Counters
        SW Power Capping                  : 2000000 us
        HW Power Braking                  : 250000 us
    FB Memory Usage
        Total                             : 81559 MiB
    Utilization
        GPU                               : N/A
    Temperature
        GPU Current Temp                  : 53 C
        GPU T.Limit Temp                  : 24 C
        GPU Slowdown T.Limit Temp         : -2 C
    Processes
        GPU instance ID                   : 2
        Compute instance ID               : 1
        Process ID                        : 2056
            Type                          : C+G
            Name                          : C:\\Program Files\\Some Thing\\Worker.exe
            Used GPU Memory               : Not available in WDDM driver model
GPU 00000000:07:00.0
    Product Name                          : NVIDIA Example
    GPU UUID                              : GPU-b
    Temperature
        GPU Current Temp                  : GPU is lost
    Processes                             : None
`

export const csv = `index, uuid, name, memory.total [MiB], memory.used [MiB], utilization.gpu [%], temperature.gpu, power.draw [W], clocks_throttle_reasons.sw_power_cap, pstate, hostname
0, GPU-a, NVIDIA Example, 8192 MiB, 819 MiB, 8 %, 45, 111.50 W, Active, P2, x
1, GPU-b, NVIDIA Example, 8192, 819, [N/A], [Unknown Error], [Not Supported], Not Active, P0, x
Unable to determine the device handle for GPU2: 0000:5F:00.0: Unknown Error
2, GPU-c, NVIDIA Example, 81`
